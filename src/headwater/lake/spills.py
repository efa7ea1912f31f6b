"""What one spill of a flush writes, beside whoever prepares the next: tables on one thread, archive and ids on another.

DuckDB and zstd let go of the interpreter while they work. One spill at a time; its files are nobody's before they are
taken. What fails on a thread is raised where the spill is awaited.
"""

import contextlib
import os
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec

from headwater.core.event import Stored
from headwater.lake import archive_lines, known_ids
from headwater.lake.archive_lines import Archive
from headwater.lake.duck import Duck
from headwater.lake.lots import Lot
from headwater.lake.new_files import Draft

MOST_PIECES = 2  # of an archive that wait
NOT_NAMED = ".archive"
# Who comes back from DuckDB waits so long for the interpreter at most.
SWITCH_SECONDS = 0.0005

Written = tuple[Draft, int]  # a file that is whole, and how many rows it has


class Spill(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of tables, the archives, and the ids of them all; each with the file that it becomes."""

    tables: Sequence[tuple[Draft, Sequence[Lot]]]
    archives: Sequence[tuple[Draft, Archive]]
    ids: tuple[Draft, Sequence[int]] | None


class Spilling:
    """Writes spills. Close it after use, before DuckDB. `folder` is where archives begin."""

    def __init__(self, duck: Duck, folder: Path) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._duck = duck
        self._folder = folder
        self._for_tables = ThreadPoolExecutor(1, "tables")
        self._for_the_rest = ThreadPoolExecutor(1, "archive")
        self._pieces: deque[Future[None]] = deque()
        self._archives: list[Archive] = []
        self._begun: list[Future[list[Written]]] = []

    def close(self) -> None:
        """Wait for what is being written, whatever comes of it."""
        self._for_tables.shutdown()
        self._for_the_rest.shutdown()
        for archive in self._archives:
            with contextlib.suppress(OSError):
                archive.close()

    def archive(self) -> Archive:
        """Return a new archive; it has a name once it is part of a spill."""
        archive = Archive(self._folder / f"{len(self._archives)}{NOT_NAMED}")
        self._archives.append(archive)
        return archive

    def add(self, archive: Archive, records: Sequence[Stored]) -> None:
        """Have records put into an archive; few wait for that. Raises OSError."""
        self._pieces.append(self._for_the_rest.submit(_put, archive, records))
        if len(self._pieces) > MOST_PIECES:
            self._pieces.popleft().result()

    def begin(self, spill: Spill) -> None:
        """Begin to write one; the last one was awaited. Raises OSError where its archives can't be written."""
        while self._pieces:
            self._pieces.popleft().result()
        self._begun = [
            self._for_tables.submit(self._write_tables, spill),
            self._for_the_rest.submit(self._write_the_rest, spill),
        ]

    def written(self) -> list[Written]:
        """Wait for what was begun, and return its files. Raises OSError, duckdb.Error."""
        begun, self._begun = self._begun, []
        return [one for future in begun for one in future.result()]

    def _write_tables(self, spill: Spill) -> list[Written]:
        try:
            return [(draft, self._written(draft.path, lots)) for draft, lots in spill.tables]
        finally:
            self._duck.forget()

    def _written(self, path: Path, lots: Sequence[Lot]) -> int:
        rows = self._duck.write(lots, path)
        self._for_the_rest.submit(_to_disk, path)  # what comes of it, the commit hears, which does it again
        return rows

    def _write_the_rest(self, spill: Spill) -> list[Written]:
        written = []
        for draft, archive in spill.archives:
            archive.close()
            archive.path.rename(draft.path)
            _to_disk(draft.path)
            written.append((draft, archive.count))
        if spill.ids is not None:
            draft, keys = spill.ids
            written.append((draft, known_ids.write(draft.path, keys)))
        return written


def _put(archive: Archive, records: Sequence[Stored]) -> None:
    archive.add(archive_lines.encode(records))


def _to_disk(path: Path) -> None:
    """Sync a file already here, so that the commit, which nobody works beside, has little to wait for."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
