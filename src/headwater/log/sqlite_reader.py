"""The SQLite log's reading side: read-only, any process, never in the writer's way (WAL)."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from headwater.core.event import Stored
from headwater.log import segments

Result = TypeVar("Result")


class SqliteLogReader:
    """The `Reader` on one SQLite file that a writer has made."""

    def __init__(self, path: Path) -> None:
        self._connection = segments.connect(path, read_only=True)
        self._thread = ThreadPoolExecutor(1, "log-reader")

    async def read(self, *, after: int, limit: int) -> list[Stored]:
        return await self._query(lambda connection: _read(connection, after, limit))

    async def head(self) -> int:
        return await self._query(lambda connection: segments.newest_offset(connection, segments.load(connection)))

    async def find(self, message_id: str, *, source: str | None = None) -> list[Stored]:
        return await self._query(lambda connection: _find(connection, message_id, source))

    def close(self) -> None:
        """Let go of the file."""
        self._thread.shutdown()
        self._connection.close()

    async def _query(self, query: Callable[[sqlite3.Connection], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, query, self._connection)


def _read(connection: sqlite3.Connection, after: int, limit: int) -> list[Stored]:
    found: list[Stored] = []
    known = segments.load(connection)
    for number, segment in enumerate(known):
        is_last = number + 1 == len(known)
        if not is_last and known[number + 1].first_offset <= after + 1:
            continue  # everything in it lies at or below `after`
        rows = connection.execute(
            f"SELECT {segments.COLUMNS} FROM {segment.events} WHERE offset > ? ORDER BY offset LIMIT ?",  # noqa: S608
            (after, limit - len(found)),
        )
        found.extend(segments.from_row(row) for row in rows)
        if len(found) >= limit:
            break
    return found


def _find(connection: sqlite3.Connection, message_id: str, source: str | None) -> list[Stored]:
    low, high = segments.index_range(message_id)
    found: list[Stored] = []
    for segment in segments.load(connection):
        rows = connection.execute(
            f"SELECT {segments.COLUMNS} FROM {segment.events} WHERE offset IN"  # noqa: S608
            f" (SELECT offset FROM {segment.ids} WHERE id BETWEEN ? AND ?) ORDER BY offset",
            (low, high),
        )
        found.extend(segments.from_row(row) for row in rows)
    return [
        stored for stored in found if stored.record.message_id == message_id and source in (None, stored.record.source)
    ]
