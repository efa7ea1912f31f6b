"""What one spill of a flush writes besides tables: archives and ids, on a thread, beside whoever prepares the next.

zstd lets go of the interpreter while it works. One spill at a time; its files are nobody's before they are taken. What
fails on the thread is raised where the spill is awaited.
"""

import contextlib
import itertools
import sys
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec

from headwater.lake import known_ids
from headwater.lake.archive_lines import Archive
from headwater.lake.new_files import Draft
from headwater.lake.table_maker import to_disk

MOST_PIECES = 2  # of an archive that wait
NOT_NAMED = ".archive"
# Who comes back from zstd or DuckDB waits so long for the interpreter at most.
SWITCH_SECONDS = 0.0005

Written = tuple[Draft, int]  # a file that is whole, and how many rows it has


class Spill(msgspec.Struct, frozen=True, kw_only=True):
    """The archives, and the ids of them all; each with the file that it becomes."""

    archives: Sequence[tuple[Draft, Archive]]
    ids: tuple[Draft, Collection[int]] | None


class Spilling:
    """Writes spills. Close it after use. `folder` is where archives begin."""

    def __init__(self, folder: Path) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, "archive")
        self._pieces: deque[Future[None]] = deque()
        self._archives: list[Archive] = []  # those that are open
        self._numbers = itertools.count()
        self._begun: Future[list[Written]] | None = None

    def close(self) -> None:
        """Wait for what is being written, whatever comes of it."""
        self._thread.shutdown()
        for archive in self._archives:
            with contextlib.suppress(OSError):
                archive.close()

    def archive(self) -> Archive:
        """Return a new archive; it has a name once it is part of a spill."""
        archive = Archive(self._folder / f"{next(self._numbers)}{NOT_NAMED}")
        self._archives.append(archive)
        return archive

    def add(self, archive: Archive, lines: bytes, *, count: int) -> None:
        """Have so many lines put into an archive; few wait for that. Raises OSError."""
        self._pieces.append(self._thread.submit(archive.add, lines, count=count))
        if len(self._pieces) > MOST_PIECES:
            self._pieces.popleft().result()

    def begin(self, spill: Spill) -> None:
        """Begin to write one; the last one was awaited. Raises OSError where its archives can't be written."""
        while self._pieces:
            self._pieces.popleft().result()
        self._begun = self._thread.submit(_write, spill)

    def written(self) -> list[Written]:
        """Wait for what was begun, and return its files. Raises OSError."""
        begun, self._begun = self._begun, None
        written = [] if begun is None else begun.result()
        self._archives = [archive for archive in self._archives if not archive.is_closed]
        return written


def _write(spill: Spill) -> list[Written]:
    written = []
    for draft, archive in spill.archives:
        archive.close()
        archive.path.rename(draft.path)
        to_disk(draft.path)
        written.append((draft, archive.count))
    if spill.ids is not None:
        draft, keys = spill.ids
        written.append((draft, known_ids.write(draft.path, keys)))
    return written
