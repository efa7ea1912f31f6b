"""A reader of the log that goes on where the log has forgotten: below its oldest event it reads the lake's archive.

For replays. The seam is the log's oldest offset, and it only moves up: what is below it is in the archive, since the
log keeps what the lake has not read; what is above it is read from the log, and never from both. In the archive each
id is once, and people who were erased are not.
"""

import asyncio
import heapq
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import msgspec
import zstandard

from headwater.core.errors import HeadwaterError
from headwater.core.event import Stored
from headwater.lake import archive_lines, lake_paths, manifest
from headwater.lake.depot import pointer
from headwater.lake.erasures import Erased, Erasures
from headwater.lake.manifest import LakeFile, Manifest
from headwater.log import stretch
from headwater.log.event_log import Reader, Scanned, oldest_offset

STREAMS = 4  # that are kept open, each where a replay is

# Sees that files of the lake are in its folder, by their paths below it.
Bring = Callable[[Sequence[str]], None]


class ArchiveLostError(HeadwaterError):
    """A file of the lake's archive is gone or damaged: put it back from a backup, or replay from a later time on."""

    code = "archive_lost"


class ArchiveReader:
    """A `Reader` over `log` and the archive of the lake in `folder`; `bring` of one that is at home elsewhere."""

    def __init__(self, log: Reader, folder: Path, *, erasures: Erasures, bring: Bring | None = None) -> None:
        self._log = log
        self._folder = folder
        self._erasures = erasures
        self._bring = bring
        self._streams: deque[_Stream] = deque(maxlen=STREAMS)
        self._turn = threading.Lock()

    async def read(self, *, after: int, limit: int) -> list[Stored]:
        """Return what the log has; for what lies below it there is `scan`."""
        return await self._log.read(after=after, limit=limit)

    async def scan(self, *, after: int, limit: int, sources: Collection[str]) -> Scanned:
        """Return what there is, as the log does. Raises ArchiveLostError, DepotError."""
        while after + 1 >= await oldest_offset(self._log):
            seen = await self._log.scan(after=after, limit=limit, sources=sources)
            if after + 1 >= await oldest_offset(self._log):  # else retention took away meanwhile what was asked for
                return seen
        below, erased = await oldest_offset(self._log), Erased(await self._erasures())
        return await asyncio.to_thread(self._archived, frozenset(sources), after, limit, below, erased)

    async def head(self) -> int:
        return await self._log.head()

    async def find(self, message_id: str, *, source: str | None = None) -> list[Stored]:
        return await self._log.find(message_id, source=source)

    async def stretch(self, *, since_ms: int, until_ms: int) -> tuple[int, int]:
        """Return after which offset, and up to which, lies all that was received in that time, and perhaps more."""
        after, up_to = await stretch.stretch(self._log, since_ms=since_ms, until_ms=until_ms)
        below = await oldest_offset(self._log)
        since, until = (lake_paths.day_of(max(0, one) // lake_paths.MS_PER_DAY) for one in (since_ms, until_ms))
        archived = [file for file in await asyncio.to_thread(self._files) if file.first_offset < below]
        firsts = [file.first_offset - 1 for file in archived if file.day >= since]
        lasts = [min(file.last_offset, below - 1) for file in archived if file.day <= until]
        return min([max(after, below - 1), *firsts]), max([up_to, *lasts])

    def reaches_back(self) -> bool:
        """Tell whether the archive has the very first event, so that nothing is out of reach."""
        return any(file.first_offset == 1 for file in self._files())

    def _files(self) -> list[LakeFile]:
        if self._bring is not None:
            pointer.check_read(self._folder)
        book = Manifest.open_for_reading(self._folder / manifest.NAME)
        try:
            return book.archives()
        finally:
            book.close()

    def _archived(self, sources: frozenset[str], after: int, limit: int, below: int, erased: Erased) -> Scanned:
        with self._turn:
            stream = self._stream(sources, after, below)
            found: list[Stored] = []
            try:
                while len(found) < limit and (one := stream.next_one(below=below)) is not None:
                    if not erased.has(one):
                        found.append(one)
            except (OSError, EOFError, zstandard.ZstdError, msgspec.DecodeError) as error:
                raise ArchiveLostError(f"{ArchiveLostError().message} {error}") from error
            stream.after = found[-1].offset if len(found) == limit else below - 1
            self._streams.append(stream)
            return Scanned(records=found, up_to=stream.after, is_end=False)

    def _stream(self, sources: frozenset[str], after: int, below: int) -> "_Stream":
        """Return the stream that is just there, or a new one: of files that are valid now, in either case."""
        files = [file for file in self._files() if file.last_offset > after and file.first_offset < below]
        valid = [file for file in files if file.source in sources]
        names = {file.path for file in valid}
        for stream in self._streams:
            if (stream.sources, stream.after) == (sources, after) and stream.files_left <= names <= stream.files:
                self._streams.remove(stream)
                return stream
        return _Stream(sources, valid, after=after, path_of=self._brought)

    def _brought(self, file: LakeFile) -> Path:
        if self._bring is not None:
            self._bring([file.path])
        return self._folder / file.path


class _Stream:
    """The records of some sources above an offset, from whichever files, in the log's order, each offset once."""

    def __init__(
        self, sources: frozenset[str], files: Sequence[LakeFile], *, after: int, path_of: Callable[[LakeFile], Path]
    ) -> None:
        self.sources = sources
        self.after = after
        self.files = {file.path for file in files}
        self._waiting = deque(sorted(files, key=lambda file: file.first_offset))
        self._open: list[tuple[int, str, Stored, Iterator[Stored]]] = []
        self._path_of = path_of
        self._last = after

    @property
    def files_left(self) -> set[str]:
        return {file.path for file in self._waiting} | {path for _, path, _, _ in self._open}

    def next_one(self, *, below: int) -> Stored | None:
        """Return the next record, None where it would not be below that offset."""
        while True:
            self._open_those_due()
            if not self._open or self._open[0][0] >= below:
                return None
            offset, path, stored, rest = heapq.heappop(self._open)
            self._push(path, rest)
            if offset > self._last:
                self._last = offset
                return stored

    def _open_those_due(self) -> None:
        while self._waiting and (not self._open or self._waiting[0].first_offset <= self._open[0][0]):
            file = self._waiting.popleft()
            self._push(file.path, archive_lines.read(self._path_of(file)))

    def _push(self, path: str, rest: Iterator[Stored]) -> None:
        if (stored := next(rest, None)) is not None:
            heapq.heappush(self._open, (stored.offset, path, stored, rest))
