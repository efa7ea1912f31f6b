"""What the delivery log of Actions says to SQLite while it writes: constant SQL. On the writer's thread."""

import sqlite3
from collections.abc import Iterable

from headwater.actions.journal import entries
from headwater.actions.journal.entries import Entry
from headwater.actions.journal.limits import JournalLimits
from headwater.core.secrets import Sealer

_KNOWN = """
    SELECT firings.id, firings.attempts, bodies.sealed FROM firings LEFT JOIN bodies ON bodies.firing = firings.id
    WHERE firings.trigger_id = ?
"""
_INSERT = """
    INSERT INTO firings
    (action_id, path, project_id, identity_id, flow, moment, method, flow_id, at_ms, mode, state, reason, attempts,
     trigger_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
    UPDATE firings SET
    action_id = ?, path = ?, project_id = ?, identity_id = ?, flow = ?, moment = ?, method = ?, flow_id = ?, at_ms = ?,
    mode = ?, state = ?, reason = ?, attempts = ? WHERE trigger_id = ?
"""
_SAVE_BODY = "INSERT OR REPLACE INTO bodies (firing, at_ms, size, sealed) VALUES (?, ?, ?, ?)"
_MOVED = 'UPDATE firings SET "offset" = ? WHERE trigger_id = ?'

_LAST_OFFSET = 'SELECT coalesce(max("offset"), 0) FROM firings'
_COUNT = "SELECT count(*) FROM firings"
_SIZE = "SELECT coalesce(sum(size), 0) FROM bodies"
_OLD = "SELECT id FROM firings WHERE at_ms < ? ORDER BY at_ms, id LIMIT ?"
_OLDEST = "SELECT id FROM firings ORDER BY at_ms, id LIMIT ?"
_OLD_BODIES = "SELECT firing FROM bodies WHERE at_ms < ? ORDER BY at_ms LIMIT ?"
_OLDEST_BODIES = "SELECT firing FROM bodies ORDER BY at_ms LIMIT ?"
_REMOVE = "DELETE FROM firings WHERE id = ?"
_REMOVE_BODY = "DELETE FROM bodies WHERE firing = ?"


def keep(connection: sqlite3.Connection, entry: Entry, *, sealer: Sealer) -> None:
    """Write `entry`. In the place of one with its trigger id, whose attempts it keeps, and what it has no word of."""
    known = connection.execute(_KNOWN, (entry.trigger_id,)).fetchone()
    firing_id, before, sealed = known or (None, b"[]", None)
    attempts = entries.encode_attempts(entries.together(entries.decode_attempts(before), entry.attempts))
    cursor = connection.execute(_INSERT if known is None else _UPDATE, _values(entry, attempts))
    old = entries.unseal_encoded(sealed, entry.trigger_id, sealer)
    parts = entries.merged(old, entry.parts)
    if parts != old:
        fresh = entries.seal(parts, entry.trigger_id, sealer)
        firing_id = cursor.lastrowid if known is None else firing_id
        connection.execute(_SAVE_BODY, (firing_id, entry.at_ms, len(fresh), fresh))


def last_offset(connection: sqlite3.Connection) -> int:
    """Return the largest place in the log that is written, 0 if there is none."""
    return int(connection.execute(_LAST_OFFSET).fetchone()[0])


def move(connection: sqlite3.Connection, trigger_id: str, offset: int) -> bool:
    """Write where in the log a queued one is. False if nothing is known of it."""
    return connection.execute(_MOVED, (offset, trigger_id)).rowcount > 0


def remove_some(connection: sqlite3.Connection, *, now_ms: int, limits: JournalLimits) -> int:
    """Remove rows and bodies beyond the limits, oldest first, so many at most; return how many went."""
    most = limits.rows_per_removal
    excess = min(connection.execute(_COUNT).fetchone()[0] - limits.rows, most)
    rows = {id_ for (id_,) in connection.execute(_OLD, (now_ms - limits.keep_ms, most))}
    rows |= {id_ for (id_,) in connection.execute(_OLDEST, (max(excess, 0),))}
    _delete(connection, _REMOVE_BODY, rows)
    _delete(connection, _REMOVE, rows)
    bodies = {id_ for (id_,) in connection.execute(_OLD_BODIES, (now_ms - limits.keep_bodies_ms, most))}
    if connection.execute(_SIZE).fetchone()[0] > limits.body_bytes:
        bodies |= {id_ for (id_,) in connection.execute(_OLDEST_BODIES, (most,))}
    _delete(connection, _REMOVE_BODY, bodies)
    return len(rows) + len(bodies)


def _delete(connection: sqlite3.Connection, statement: str, ids: Iterable[int]) -> None:
    connection.executemany(statement, [(id_,) for id_ in ids])


def _values(entry: Entry, attempts: bytes) -> tuple[object, ...]:
    return (
        entry.action_id,
        entry.path,
        entry.project_id,
        entry.identity_id,
        entry.flow,
        entry.moment,
        entry.method,
        entry.flow_id,
        entry.at_ms,
        entry.mode,
        entry.state,
        entry.reason,
        attempts,
        entry.trigger_id,
    )
