"""How many events each source sent, by the minute and the hour and by type. Constant SQL, in `live.db`.

Counted under the moment at which an event was received, in the transaction that moves the reader's cursor: a crash
neither loses nor doubles one.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from headwater.core import periods
from headwater.core.event import Stored
from headwater.core.periods import Period
from headwater.live.limits import OTHERS

TYPES = ("identify", "track", "page", "screen", "group", "alias", "other")
PLACES = {name: place for place, name in enumerate(TYPES)}
OTHER = PLACES["other"]

TABLE = """
    CREATE TABLE IF NOT EXISTS volume (
        seconds INTEGER NOT NULL,
        began_s INTEGER NOT NULL,
        source TEXT NOT NULL,
        identifies INTEGER NOT NULL,
        tracks INTEGER NOT NULL,
        pages INTEGER NOT NULL,
        screens INTEGER NOT NULL,
        groups INTEGER NOT NULL,
        aliases INTEGER NOT NULL,
        others INTEGER NOT NULL,
        PRIMARY KEY (seconds, began_s, source)
    ) WITHOUT ROWID
    """
_ADD = """
    INSERT INTO volume (seconds, began_s, source, identifies, tracks, pages, screens, groups, aliases, others)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (seconds, began_s, source) DO UPDATE SET
        identifies = identifies + excluded.identifies,
        tracks = tracks + excluded.tracks,
        pages = pages + excluded.pages,
        screens = screens + excluded.screens,
        groups = groups + excluded.groups,
        aliases = aliases + excluded.aliases,
        others = others + excluded.others
"""
_HAS = "SELECT 1 FROM volume WHERE seconds = ? AND began_s = ? AND source = ?"
_COUNT = "SELECT count(*) FROM volume WHERE seconds = ? AND began_s = ?"
_FORGET = "DELETE FROM volume WHERE seconds = ? AND began_s < ?"
# Added up to whole steps here, and not in Python: a month of many sources are tens of thousands of hours.
_READ = """
    SELECT source, ?2 + (began_s - ?2) / ?5 * ?5 AS step, sum(identifies), sum(tracks), sum(pages), sum(screens),
        sum(groups), sum(aliases), sum(others)
    FROM volume WHERE seconds = ?1 AND began_s >= ?2 AND began_s < ?3 AND (?4 IS NULL OR source = ?4)
    GROUP BY source, step
"""
# In one row: each gives the interpreter away, and waits for it while the loop is busy.
_OF_ALL_TYPES = """
    SELECT json_group_array(json_array(source, place, count)) FROM (
        SELECT source, (began_s - ?2) / ?5 AS place,
            sum(identifies + tracks + pages + screens + groups + aliases + others) AS count
        FROM volume WHERE seconds = ?1 AND began_s >= ?2 AND began_s < ?3 AND (?4 IS NULL OR source = ?4)
        GROUP BY source, place
    )
"""
# Where each step has been counted apart: half the time, since nothing is sorted.
_OF_ALL_TYPES_AS_KEPT = """
    SELECT json_group_array(json_array(
        source, (began_s - ?2) / ?5, identifies + tracks + pages + screens + groups + aliases + others
    ))
    FROM volume WHERE seconds = ?1 AND began_s >= ?2 AND began_s < ?3 AND (?4 IS NULL OR source = ?4)
"""
_counted = msgspec.json.Decoder(list[tuple[str, int, int]])

Minutes = dict[tuple[str, int], list[int]]


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """One source's over a period: the count of each step, and for each type that came; None where nobody asked."""

    events: list[int]
    by_type: dict[str, list[int]] | None


def count(minutes: Minutes, stored: Stored) -> None:
    """Count one event in memory."""
    record = stored.record
    minute = record.received_at_ms // (periods.MINUTE * periods.MS_PER_SECOND)
    counts = minutes.get((record.source, minute))
    if counts is None:
        counts = minutes[record.source, minute] = [0] * len(TYPES)
    counts[PLACES.get(record.type, OTHER)] += 1


def save(connection: sqlite3.Connection, minutes: Minutes, *, most_sources: int) -> None:
    """Add what was counted; the caller holds the transaction. Of each minute `most_sources` are kept apart."""
    for (source, minute), counts in minutes.items():
        for seconds, began_s in periods.rows_of(minute * periods.MINUTE * periods.MS_PER_SECOND):
            named = _bounded(connection, seconds, began_s, source, most=most_sources)
            connection.execute(_ADD, (seconds, began_s, named, *counts))


def forget(connection: sqlite3.Connection, *, now_ms: int) -> None:
    """Remove what is older than it is kept; the caller holds the transaction."""
    connection.executemany(_FORGET, list(periods.forgotten(now_ms)))


def over(
    connection: sqlite3.Connection, period: Period, *, source: str | None = None, is_by_type: bool = True
) -> dict[str, Volume]:
    """Return the volume of one source, or of each that sent something, by its id."""
    asked = (period.stored_seconds, period.since_s, period.until_s, source, period.step_seconds)
    if not is_by_type:
        return _of_all_types(connection, period, asked)
    found: dict[str, list[tuple[int, Sequence[int]]]] = defaultdict(list)
    for name, began_s, *counts in connection.execute(_READ, asked):
        found[name].append((began_s, counts))
    return {name: _by_type(rows, period) for name, rows in found.items()}


def _by_type(rows: Sequence[tuple[int, Sequence[int]]], period: Period) -> Volume:
    columns = periods.added_up(rows, period, width=len(TYPES))
    by_type = {name: column for name, column in zip(TYPES, columns, strict=True) if any(column)}
    return Volume(events=[sum(step) for step in zip(*columns, strict=True)], by_type=by_type)


def _of_all_types(connection: sqlite3.Connection, period: Period, asked: Sequence[object]) -> dict[str, Volume]:
    statement = _OF_ALL_TYPES_AS_KEPT if period.step_seconds == period.stored_seconds else _OF_ALL_TYPES
    columns: dict[str, list[int]] = defaultdict(lambda: [0] * period.size)
    (found,) = connection.execute(statement, asked).fetchone()
    for name, place, count in _counted.decode(found):
        columns[name][place] = count
    return {name: Volume(events=events, by_type=None) for name, events in columns.items()}


def _bounded(connection: sqlite3.Connection, seconds: int, began_s: int, source: str, *, most: int) -> str:
    if connection.execute(_HAS, (seconds, began_s, source)).fetchone():
        return source
    known: int = connection.execute(_COUNT, (seconds, began_s)).fetchone()[0]
    return source if known < most else OTHERS
