"""The SQLite log's reading side: read-only, any process, never in the writer's way (WAL)."""

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from headwater.core.event import Stored
from headwater.log import segments
from headwater.log.segments import Segment

Result = TypeVar("Result")

OPEN_FILES = 4

_READ = f"SELECT {segments.COLUMNS} FROM events WHERE offset > ? ORDER BY offset LIMIT ?"  # noqa: S608  our columns
_FIND = (
    f"SELECT {segments.COLUMNS} FROM events WHERE offset IN"  # noqa: S608  our columns
    " (SELECT offset FROM ids WHERE id BETWEEN ? AND ?) ORDER BY offset"
)


class SqliteLogReader:
    """The `Reader` on a folder of segments that a writer has made."""

    def __init__(self, folder: Path) -> None:
        self._view = _View(folder)
        self._thread = ThreadPoolExecutor(1, "log-reader")

    async def read(self, *, after: int, limit: int) -> list[Stored]:
        return await self._query(lambda view: view.read(after, limit))

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
        self._refresh()
        found: list[Stored] = []
        for number, segment in enumerate(self._known):
            is_last = number + 1 == len(self._known)
            if not is_last and self._known[number + 1].first_offset <= after + 1:
                continue  # everything in it lies at or below `after`
            rows = self._rows(segment, _READ, (after, limit - len(found)))
            found.extend(map(segments.from_row, rows))
            if len(found) >= limit:
                break
        return found

    def head(self) -> int:
        self._refresh()
        return segments.newest_offset(self._connection(self._known[-1])) if self._known else 0

    def find(self, message_id: str, source: str | None) -> list[Stored]:
        self._refresh()
        bounds = segments.index_range(message_id)
        rows = [row for segment in self._known for row in self._rows(segment, _FIND, bounds)]
        found = [segments.from_row(row) for row in rows]
        return [one for one in found if one.record.message_id == message_id and source in (None, one.record.source)]

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _rows(self, segment: Segment, query: str, arguments: tuple[object, ...]) -> list[segments.Row]:
        """Return what `query` finds in a segment; nothing when retention removed it a moment ago."""
        try:
            return self._connection(segment).execute(query, arguments).fetchall()
        except sqlite3.OperationalError:
            if segment.path.exists():
                raise
            return []

    def _connection(self, segment: Segment) -> sqlite3.Connection:
        connection = self._open.get(segment.number)
        if connection is None:
            connection = self._open[segment.number] = segments.connect(segment.path, read_only=True)
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
