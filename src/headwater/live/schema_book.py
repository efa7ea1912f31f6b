"""What is written into `live.db`: counts added and the cursor moved in one transaction, so that counts are exact.

Plain functions of a connection, for the one thread of its one writer.
"""

import sqlite3

import msgspec

from headwater.live import volume
from headwater.live.limits import OTHERS, SchemaLimits
from headwater.live.sightings import LAST_SEEN, EventKey, SeenEvent, Sightings

_PROGRESS = "SELECT cursor, at_ms, not_seen FROM progress"
_SAVE_PROGRESS = "INSERT OR REPLACE INTO progress (id, cursor, at_ms, not_seen) VALUES (1, ?, ?, ?)"
_FIND_EVENT = "SELECT id, properties FROM events WHERE source = ? AND type = ? AND name = ?"
_COUNT_EVENTS = "SELECT count(*) FROM events WHERE source = ? AND type <> ?"
_ADD_EVENT = """
    INSERT INTO events (source, type, name, count, first_seen_ms, last_seen_ms, properties)
    VALUES (?, ?, ?, ?, ?, ?, 0)
    ON CONFLICT (source, type, name) DO UPDATE SET
        count = count + excluded.count,
        first_seen_ms = min(first_seen_ms, excluded.first_seen_ms),
        last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)
"""
_HAS_PROPERTY = "SELECT 1 FROM properties WHERE event = ? AND name = ?"
_ADD_PROPERTY = """
    INSERT INTO properties
    (event, name, strings, integers, numbers, booleans, objects, arrays, nulls, last_seen_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (event, name) DO UPDATE SET
        strings = strings + excluded.strings,
        integers = integers + excluded.integers,
        numbers = numbers + excluded.numbers,
        booleans = booleans + excluded.booleans,
        objects = objects + excluded.objects,
        arrays = arrays + excluded.arrays,
        nulls = nulls + excluded.nulls,
        last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)
"""
_NOTE_PROPERTIES = "UPDATE events SET properties = ? WHERE id = ?"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the schema view is. `not_seen` counts records that retention took before they were read."""

    cursor: int = 0
    at_ms: int = 0
    not_seen: int = 0


def progress(connection: sqlite3.Connection) -> Progress:
    row = connection.execute(_PROGRESS).fetchone()
    return Progress() if row is None else Progress(cursor=row[0], at_ms=row[1], not_seen=row[2])


def save(
    connection: sqlite3.Connection, sightings: Sightings, moved: Progress, *, limits: SchemaLimits, now_ms: int
) -> None:
    """Add what was seen and move the cursor, both or neither; what is too old by `now_ms` goes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for key, event in sightings.events.items():
            _add(connection, key, event, limits=limits)
        volume.save(connection, sightings.minutes, most_sources=limits.sources_per_minute)
        volume.forget(connection, now_ms=now_ms)
        connection.execute(_SAVE_PROGRESS, (moved.cursor, moved.at_ms, moved.not_seen))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _add(connection: sqlite3.Connection, key: EventKey, event: SeenEvent, *, limits: SchemaLimits) -> None:
    known = connection.execute(_FIND_EVENT, key).fetchone()
    counts = (event.count, event.first_seen_ms, event.last_seen_ms)
    if known is None:
        taken = connection.execute(_COUNT_EVENTS, (key[0], OTHERS)).fetchone()[0]
        if taken >= limits.events_per_source:
            connection.execute(_ADD_EVENT, (key[0], OTHERS, OTHERS, *counts))
            return
    connection.execute(_ADD_EVENT, (*key, *counts))
    event_id, number = known or connection.execute(_FIND_EVENT, key).fetchone()
    _add_properties(connection, event_id, event.properties, number=number, most=limits.properties_per_event)


def _add_properties(
    connection: sqlite3.Connection, event_id: int, properties: dict[str, list[int]], *, number: int, most: int
) -> None:
    """Add the counts of an event's properties; those that are new beyond `most` are counted together."""
    rows: list[tuple[int | str, ...]] = []
    before = number
    for name, counts in properties.items():
        row_name = name
        if not connection.execute(_HAS_PROPERTY, (event_id, name)).fetchone():
            if number < most:
                number += 1
            else:
                row_name = OTHERS
        rows.append((event_id, row_name, *counts[:LAST_SEEN], counts[LAST_SEEN]))
    connection.executemany(_ADD_PROPERTY, rows)
    if number != before:
        connection.execute(_NOTE_PROPERTIES, (number, event_id))
