"""The SQLite log's reading side: read-only, any process, never in the writer's way (WAL)."""

import asyncio
import sqlite3
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from headwater.core.event import Stored
from headwater.log import chunks, id_keys, segments
from headwater.log.chunks import Chunk
from headwater.log.event_log import Scanned, Searched
from headwater.log.segments import Segment

Result = TypeVar("Result")

OPEN_FILES = 4
EVERYTHING = 2**62
RECORDS_SCANNED = 20_000


class SqliteLogReader:
    """The `Reader` on a folder of segments that a writer has made."""

    def __init__(self, folder: Path) -> None:
        self._view = _View(folder)
        self._thread = ThreadPoolExecutor(1, "log-reader")

    async def read(self, *, after: int, limit: int) -> list[Stored]:
        return await self._query(lambda view: view.read(after, limit))

    async def scan(self, *, after: int, limit: int, sources: Collection[str]) -> Scanned:
        return await self._query(lambda view: view.scan(after, limit, frozenset(sources)))

    async def search(self, *, after: int, up_to: int, containing: Sequence[bytes], most: int) -> Searched:
        """Return the records above `after`, up to `up_to`, in order: of each chunk in which all of these bytes are.

        Of more than `most` and a chunk's, the newest of them.
        """
        return await self._query(lambda view: view.search(after, up_to, containing, most))

    async def chunks(self, *, after: int, limit: int) -> list[Chunk]:
        """Return chunks that hold records above `after`, in order, of so many at least; they may hold others, too."""
        return await self._query(lambda view: view.chunks(after, limit))

    async def head(self) -> int:
        return await self._query(lambda view: view.head())

    async def find(self, message_id: str, *, source: str | None = None) -> list[Stored]:
        return await self._query(lambda view: view.find(message_id, source))

    def close(self) -> None:
        """Let go of the files."""
        self._thread.submit(self._view.close).result()
        self._thread.shutdown()

    async def _query(self, query: Callable[["_View"], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, query, self._view)


class _View:
    """The segments as this reader knows them. On the reader's thread only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: list[Segment] = []
        self._open: OrderedDict[int, sqlite3.Connection] = OrderedDict()

    def read(self, after: int, limit: int) -> list[Stored]:
        found: list[Stored] = []
        for segment in self._from(after):
            found += self._records(segment, after, limit - len(found))
            if len(found) >= limit:
                break
        return found

    def scan(self, after: int, limit: int, sources: frozenset[str]) -> Scanned:
        names = [source.encode() for source in sources]
        found: list[Stored] = []
        up_to, most = after, after + RECORDS_SCANNED
        for segment in self._from(after):
            for first, count, blob in self._chunks(segment, after + 1):
                up_to = max(up_to, first + count - 1)
                if any(name in blob for name in names):
                    found += [
                        one for one in chunks.decode(first, blob) if one.offset > after and one.record.source in sources
                    ]
                if len(found) >= limit or up_to >= most:
                    up_to = found[limit - 1].offset if len(found) >= limit else up_to
                    return Scanned(records=found[:limit], up_to=up_to, is_end=False)
        return Scanned(records=found, up_to=up_to, is_end=True)

    def search(self, after: int, up_to: int, containing: Sequence[bytes], most: int) -> Searched:
        kept: deque[tuple[int, int, bytes]] = deque()
        total = 0
        for first, count, blob in self._with(containing, after, up_to):
            kept.append((first, count, blob))
            total += count
            while total - kept[0][1] >= most:
                dropped, of_dropped, _ = kept.popleft()
                total -= of_dropped
                after = dropped + of_dropped - 1
        records = [one for first, _, blob in kept for one in chunks.decode(first, blob) if after < one.offset <= up_to]
        return Searched(records=records, after=after)

    def chunks(self, after: int, limit: int) -> list[Chunk]:
        found: list[Chunk] = []
        last = after
        for segment in self._from(after):
            for first, count, blob in self._chunks(segment, after + 1):
                last = first + count - 1
                if last > after:
                    found.append((first, blob))
                if last >= after + limit:
                    return found
        return found

    def head(self) -> int:
        self._refresh()
        return segments.newest_offset(self._connection(self._known[-1])) if self._known else 0

    def find(self, message_id: str, source: str | None) -> list[Stored]:
        self._refresh()
        found = [stored for segment in self._known for stored in self._find(segment, message_id)]
        return [one for one in found if one.record.message_id == message_id and source in (None, one.record.source)]

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _with(self, containing: Sequence[bytes], after: int, up_to: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield the chunks of a stretch in which all of these bytes are."""
        for segment in self._from(after):
            for first, count, blob in self._chunks(segment, after + 1):
                if first > up_to:
                    return
                if all(mark in blob for mark in containing):
                    yield first, count, blob

    def _from(self, after: int) -> list[Segment]:
        """Return the segments that hold something above `after`."""
        self._refresh()
        ends = [*(following.first_offset for following in self._known[1:]), EVERYTHING]
        return [segment for segment, end in zip(self._known, ends, strict=False) if end > after + 1]

    def _find(self, segment: Segment, message_id: str) -> list[Stored]:
        """Ask the index, and look through the records that it doesn't know yet."""
        offsets, up_to = _indexed(segment, message_id)
        found = [stored for offset in offsets for stored in self._records(segment, offset - 1, 1)]
        return found + self._records(segment, up_to, EVERYTHING, containing=message_id.encode())

    def _records(self, segment: Segment, after: int, limit: int, *, containing: bytes = b"") -> list[Stored]:
        found: list[Stored] = []
        with _unless_removed(segment):
            found += segments.records_after(self._connection(segment), after, limit=limit, containing=containing)
        return found

    def _chunks(self, segment: Segment, offset: int) -> Iterator[tuple[int, int, bytes]]:
        with _unless_removed(segment):
            yield from segments.chunks_from(self._connection(segment), offset)

    def _connection(self, segment: Segment) -> sqlite3.Connection:
        connection = self._open.get(segment.number)
        if connection is None:
            connection = self._open[segment.number] = segments.connect(segment.path, mode="ro")
            if len(self._open) > OPEN_FILES:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(segment.number)
        return connection

    def _refresh(self) -> None:
        """Look for segments that came or went: only the first can go, and only one can come after the last."""
        is_same = (
            bool(self._known)
            and self._known[0].path.exists()
            and not segments.path_of(self._folder, self._known[-1].number + 1).exists()
        )
        if is_same:
            return
        known = {segment.number: segment for segment in self._known}
        present = segments.numbers(self._folder)
        for number in self._open.keys() - set(present):
            self._open.pop(number).close()  # an open file that is gone still takes up room
        listed = [known.get(number) or self._describe_or_none(number) for number in present]
        self._known = [segment for segment in listed if segment is not None]

    def _describe_or_none(self, number: int) -> Segment | None:
        path = segments.path_of(self._folder, number)
        try:
            return segments.describe(path)
        except sqlite3.OperationalError:
            if path.exists():
                raise
            return None  # removed a moment ago


@contextmanager
def _unless_removed(segment: Segment) -> Iterator[None]:
    """End early, and quietly, when retention removed the segment a moment ago."""
    try:
        yield
    except sqlite3.OperationalError:
        if segment.path.exists():
            raise


def _indexed(segment: Segment, message_id: str) -> tuple[list[int], int]:
    """Return where the segment's index knows that id, and up to which offset it knows everything."""
    nothing: tuple[list[int], int] = ([], segment.first_offset - 1)
    try:
        connection = segments.connect(segment.index_path, mode="ro")
    except sqlite3.OperationalError:
        return nothing  # not made yet
    try:
        up_to = id_keys.file_up_to(connection)
        return nothing if up_to is None else (id_keys.find_all(connection, message_id), up_to)
    except sqlite3.DatabaseError:
        return nothing  # being made, or damaged: the records themselves say it, only slower
    finally:
        connection.close()
