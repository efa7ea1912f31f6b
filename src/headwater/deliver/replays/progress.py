"""How far replays are, as deliver.db keeps it: written with what settles, read by whoever asks. Constant SQL."""

import sqlite3
from collections import Counter
from collections.abc import Collection

import msgspec

from headwater.core.outcomes import State
from headwater.deliver.replays import names
from headwater.deliver.settlement import Settlement

TABLE = """
CREATE TABLE IF NOT EXISTS replays (
    name TEXT PRIMARY KEY,
    total INTEGER,
    delivered INTEGER NOT NULL DEFAULT 0,
    filtered INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    not_authorised INTEGER NOT NULL DEFAULT 0,
    finished_at_ms INTEGER
) WITHOUT ROWID
"""

_ADD = """
    INSERT INTO replays (name, delivered, filtered, rejected, not_authorised) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET
        delivered = delivered + excluded.delivered,
        filtered = filtered + excluded.filtered,
        rejected = rejected + excluded.rejected,
        not_authorised = not_authorised + excluded.not_authorised
"""
_TOTAL = "INSERT INTO replays (name, total) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET total = excluded.total"
_FINISH = """
    INSERT INTO replays (name, finished_at_ms) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET finished_at_ms = excluded.finished_at_ms
"""
_END_CURSOR = "DELETE FROM cursors WHERE destination = ?"
_FORGET = "DELETE FROM replays WHERE name = ?"
_EVERY = """
    SELECT name, total, delivered, filtered, rejected, not_authorised,
        (SELECT count(*) FROM retries WHERE destination = name), finished_at_ms
    FROM replays
"""
_LAST_NUMBER = """
    SELECT max(number) FROM attempts WHERE "offset" = ?1
    AND (destination = ?2 OR (destination > ?3 AND destination < ?4)) AND destination <> ?5
"""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a replay's events. `total` is None until they are counted; `retrying` are not done yet."""

    total: int | None = None
    delivered: int = 0
    filtered: int = 0
    rejected: int = 0
    not_authorised: int = 0
    retrying: int = 0
    finished_at_ms: int | None = None

    @property
    def done(self) -> int:
        """How many of them nothing more will become of."""
        return self.delivered + self.filtered + self.rejected + self.not_authorised


def note(connection: sqlite3.Connection, name: str, settlement: Settlement) -> None:
    """Count what a replay has settled."""
    outcomes = Counter(row.outcome for row in settlement.attempts)
    dead = Counter(row.state for row in settlement.dead_letters)
    counts = (outcomes["delivered"], outcomes["filtered"], dead[State.REJECTED], dead[State.NOT_AUTHORISED])
    connection.execute(_ADD, (name, *counts))


def note_total(connection: sqlite3.Connection, name: str, total: int) -> None:
    connection.execute(_TOTAL, (name, total))


def finish(connection: sqlite3.Connection, name: str, *, at_ms: int) -> None:
    """Note that a replay has nothing more to do: it is no reader of the log any more."""
    connection.execute(_FINISH, (name, at_ms))
    connection.execute(_END_CURSOR, (name,))


def forget(connection: sqlite3.Connection, gone: Collection[str]) -> None:
    connection.executemany(_FORGET, [(name,) for name in gone])


def every(connection: sqlite3.Connection) -> dict[str, Progress]:
    """Return how far each replay is, by its name in the ledger; one that has settled nothing may be missing."""
    return {
        name: Progress(
            total=total,
            delivered=delivered,
            filtered=filtered,
            rejected=rejected,
            not_authorised=not_authorised,
            retrying=retrying,
            finished_at_ms=finished_at_ms,
        )
        for name, total, delivered, filtered, rejected, not_authorised, retrying, finished_at_ms in connection.execute(
            _EVERY
        )
    }


def last_numbers(connection: sqlite3.Connection, name: str, offsets: Collection[int]) -> dict[int, int]:
    """Return the number of the newest attempt that the destination or another of its replays made of each event."""
    owner = names.owner_of(name)
    keys = (owner, *names.bounds_of(owner), name)
    rows = ((offset, connection.execute(_LAST_NUMBER, (offset, *keys)).fetchone()[0]) for offset in offsets)
    return {offset: number for offset, number in rows if number}
