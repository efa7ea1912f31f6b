"""What became of each destination's events, by the minute and the hour. Constant SQL, in `deliver.db`.

Counted in the transaction that saves what it counts, as `figures` are: a crash neither loses nor doubles one.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from headwater.core import periods
from headwater.core.periods import Period
from headwater.deliver.replays import names
from headwater.deliver.settlement import Settlement

TABLE = """
CREATE TABLE IF NOT EXISTS volume (
    seconds INTEGER NOT NULL,
    began_s INTEGER NOT NULL,
    destination TEXT NOT NULL,
    delivered INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    replayed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    PRIMARY KEY (seconds, began_s, destination)
) WITHOUT ROWID
"""
# All at once: each statement gives the interpreter away, and waits for it while the loop is busy.
_ADD_MANY = """
    INSERT INTO volume (seconds, began_s, destination, delivered, filtered, rejected, failed, replayed, latency_ms)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
        json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
        json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]')
    FROM json_each(?) WHERE true
    ON CONFLICT (seconds, began_s, destination) DO UPDATE SET
        delivered = delivered + excluded.delivered,
        filtered = filtered + excluded.filtered,
        rejected = rejected + excluded.rejected,
        failed = failed + excluded.failed,
        replayed = replayed + excluded.replayed,
        latency_ms = latency_ms + excluded.latency_ms
"""
# Added up to whole steps here, and not in Python: a month of many destinations are tens of thousands of hours. And read
# in one row, for the same reason.
_READ = """
    SELECT json_group_array(
        json_array(destination, step, json_array(delivered, filtered, rejected, failed, replayed, latency_ms))
    )
    FROM (
        SELECT destination, ?2 + (began_s - ?2) / ?5 * ?5 AS step, sum(delivered) AS delivered,
            sum(filtered) AS filtered, sum(rejected) AS rejected, sum(failed) AS failed, sum(replayed) AS replayed,
            sum(latency_ms) AS latency_ms
        FROM volume WHERE seconds = ?1 AND began_s >= ?2 AND began_s < ?3 AND (?4 IS NULL OR destination = ?4)
        GROUP BY destination, step
    )
"""
_FORGET_OLD = "DELETE FROM volume WHERE seconds = ? AND began_s < ?"
_FORGET = "DELETE FROM volume WHERE destination = ?"

DELIVERED, FILTERED, REJECTED, FAILED, REPLAYED, LATENCY_MS, WIDTH = range(7)
_PLACES = {"delivered": DELIVERED, "filtered": FILTERED, "retry_later": FAILED, "smaller_batch": FAILED}

Settled = Iterable[tuple[str, Settlement]]

_read = msgspec.json.Decoder(list[tuple[str, int, list[int]]])


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """One destination's over a period, a place for each step. `latency_ms` is the mean of what was delivered.

    `rejected` became dead letters; `failed` are attempts that another one follows; `replayed` is what replays
    delivered, and in none of the others.
    """

    delivered: list[int]
    filtered: list[int]
    rejected: list[int]
    failed: list[int]
    replayed: list[int]
    latency_ms: list[int | None]


def note(connection: sqlite3.Connection, settled: Settled) -> None:
    """Count what lanes have settled; the caller holds the transaction."""
    rows = [
        (seconds, began_s, destination, *counts)
        for (destination, minute), counts in _minutes(settled).items()
        for seconds, began_s in periods.rows_of(minute * _MINUTE_MS)
    ]
    if rows:
        connection.execute(_ADD_MANY, (msgspec.json.encode(rows).decode(),))


def forget_before(connection: sqlite3.Connection, *, now_ms: int) -> int:
    """Remove what is older than it is kept; the caller holds the transaction."""
    return connection.executemany(_FORGET_OLD, list(periods.forgotten(now_ms))).rowcount


def forget(connection: sqlite3.Connection, destination: str) -> None:
    connection.execute(_FORGET, (destination,))


def over(connection: sqlite3.Connection, period: Period, *, destination: str | None = None) -> dict[str, Volume]:
    """Return the volume of one destination, or of each of which something was settled."""
    found: dict[str, list[tuple[int, Sequence[int]]]] = defaultdict(list)
    asked = (period.stored_seconds, period.since_s, period.until_s, destination, period.step_seconds)
    (read,) = connection.execute(_READ, asked).fetchone()
    for name, began_s, counts in _read.decode(read):
        found[name].append((began_s, counts))
    return {name: volume(rows, period) for name, rows in found.items()}


def volume(rows: Iterable[tuple[int, Sequence[int]]], period: Period) -> Volume:
    """Return what rows come to; of none it is nothing at each step."""
    delivered, filtered, rejected, failed, replayed, latency = periods.added_up(rows, period, width=WIDTH)
    return Volume(
        delivered=delivered,
        filtered=filtered,
        rejected=rejected,
        failed=failed,
        replayed=replayed,
        latency_ms=[round(total / count) if count else None for total, count in zip(latency, delivered, strict=True)],
    )


_MINUTE_MS = periods.MINUTE * periods.MS_PER_SECOND


def _minutes(settled: Settled) -> dict[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0] * WIDTH)
    for name, settlement in settled:
        destination = names.owner_of(name)
        counts = _replayed(settlement) if names.replay_of(name) is not None else _counts(settlement)
        for at_ms, place, count in counts:
            found[destination, at_ms // _MINUTE_MS][place] += count
    return found


def _counts(settlement: Settlement) -> Iterator[tuple[int, int, int]]:
    for row in settlement.attempts:
        place = _PLACES.get(row.outcome)
        if place is not None:
            yield row.at_ms, place, 1
        if row.latency_ms is not None:
            yield row.at_ms, LATENCY_MS, row.latency_ms
    for letter in settlement.dead_letters:
        yield letter.at_ms, REJECTED, 1


def _replayed(settlement: Settlement) -> Iterator[tuple[int, int, int]]:
    return ((row.at_ms, REPLAYED, 1) for row in settlement.attempts if row.outcome == "delivered")
