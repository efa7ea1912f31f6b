"""The schema as operators see it, read from `live.db` by the front process. It never writes."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from headwater.core.periods import Period
from headwater.live import live_tables, schema_book, volume
from headwater.live.schema_book import Progress
from headwater.live.sightings import TYPES
from headwater.live.volume import Volume

Result = TypeVar("Result")

# A source's schema may have a million properties, whoever sent them: an answer holds so many.
MAX_PROPERTIES = 20_000

_EVENTS = """
    SELECT id, source, type, name, count, first_seen_ms, last_seen_ms, properties FROM events
    WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR name = ?2)
    ORDER BY source, count DESC, type, name
"""
_PROPERTIES = """
    SELECT name, strings, integers, numbers, booleans, objects, arrays, nulls, last_seen_ms FROM properties
    WHERE event = ? ORDER BY name
"""


class PropertySeen(msgspec.Struct, frozen=True, kw_only=True):
    """One property (or trait); the inner one of an object is called `outer.inner`. `types` are JSON's."""

    name: str
    types: dict[str, int]
    count: int
    last_seen_ms: int


class EventSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one source. `name` is "" for calls that have none (identify, group, alias)."""

    source_id: str
    type: str
    name: str
    count: int
    first_seen_ms: int
    last_seen_ms: int
    properties: list[PropertySeen]


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen, as of `progress`. `properties_left_out` were too many for one answer."""

    progress: Progress
    events: list[EventSeen]
    properties_left_out: int


class SchemaView:
    """Answers from one `live.db`, also while its writer hasn't made it yet."""

    def __init__(self, path: Path, *, max_properties: int = MAX_PROPERTIES) -> None:
        self._path = path
        self._max_properties = max_properties
        self._thread = ThreadPoolExecutor(1, "live-read")

    async def schema(self, *, source_id: str | None = None, event: str | None = None) -> Schema:
        """Return the events of one source, or of all; the most frequent first."""
        empty = Schema(progress=Progress(), events=[], properties_left_out=0)
        return await self._query(
            lambda connection: _schema(connection, source_id, event, most=self._max_properties), empty=empty
        )

    async def volume(
        self, period: Period, *, source_id: str | None = None, is_by_type: bool = True
    ) -> tuple[Progress, dict[str, Volume]]:
        """Return how far counting is, and the volume of one source, or of each that sent something, by its id."""
        return await self._query(
            lambda connection: (
                schema_book.progress(connection),
                volume.over(connection, period, source=source_id, is_by_type=is_by_type),
            ),
            empty=(Progress(), {}),
        )

    async def cursor(self) -> int:
        """Return the offset up to which everything is counted and saved."""
        return (await self._query(schema_book.progress, empty=Progress())).cursor

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown()

    async def _query(self, query: Callable[[sqlite3.Connection], Result], *, empty: Result) -> Result:
        def run() -> Result:
            connection = live_tables.open_for_reading(self._path)
            if connection is None:
                return empty
            try:
                connection.execute("BEGIN")  # one snapshot for all statements
                return query(connection)
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)


def _schema(connection: sqlite3.Connection, source_id: str | None, event: str | None, *, most: int) -> Schema:
    events: list[EventSeen] = []
    room, left_out = most, 0
    for event_id, source, type_, name, count, first_ms, last_ms, number in connection.execute(
        _EVENTS, (source_id, event)
    ):
        properties = _properties(connection, event_id) if number <= room else []
        room -= len(properties)
        left_out += number if number and not properties else 0
        events.append(
            EventSeen(
                source_id=source,
                type=type_,
                name=name,
                count=count,
                first_seen_ms=first_ms,
                last_seen_ms=last_ms,
                properties=properties,
            )
        )
    return Schema(progress=schema_book.progress(connection), events=events, properties_left_out=left_out)


def _properties(connection: sqlite3.Connection, event_id: int) -> list[PropertySeen]:
    return [
        PropertySeen(
            name=name,
            types={type_: times for type_, times in zip(TYPES, counts, strict=True) if times},
            count=sum(counts),
            last_seen_ms=last_seen_ms,
        )
        for name, *counts, last_seen_ms in connection.execute(_PROPERTIES, (event_id,))
    ]
