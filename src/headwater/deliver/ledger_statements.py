"""What the ledger says to SQLite: constant SQL, one function per statement or group. Called on the writer's thread."""

import sqlite3
from collections.abc import Sequence

import msgspec

from headwater.core.event import Record
from headwater.core.secrets import Sealer
from headwater.deliver import sealing
from headwater.deliver.letters import labels, totals
from headwater.deliver.metrics import figures, volume
from headwater.deliver.replays import names, progress
from headwater.deliver.settlement import BEGUN, NO_ANSWER_YET, Attempt, DeadLetter, Retry, Settlement

DELIVERED = "delivered"
NUL = "\0"
LARGEST_INTEGER = 2**63 - 1

_SAVE_CURSOR = """
    INSERT INTO cursors (destination, watermark, ranges) VALUES (?, ?, ?)
    ON CONFLICT (destination) DO UPDATE SET watermark = excluded.watermark, ranges = excluded.ranges
"""
# OR REPLACE: an event may be sent again after a crash or a replay; the last word counts.
_SAVE_ATTEMPT = """
    INSERT OR REPLACE INTO attempts
    (destination, "offset", number, message_id, source, at_ms, outcome, status, reason, duration_ms, detail,
    action, payload_bytes, together, is_redriven)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# All at once, because each statement gives the interpreter away and waits milliseconds for it while the loop is busy.
_SAVE_PLAIN_ATTEMPTS = """
    INSERT OR REPLACE INTO attempts
    (destination, "offset", number, message_id, source, at_ms, outcome, status, reason, duration_ms, detail,
    action, payload_bytes, together)
    SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'), json_extract(value, '$[6]'),
    json_extract(value, '$[7]'), json_extract(value, '$[8]'), NULL, json_extract(value, '$[9]'),
    json_extract(value, '$[10]'), json_extract(value, '$[11]')
    FROM json_each(?2)
"""
# Numbered after what is there: a process that died may have begun one, too.
_BEGIN_ATTEMPT = """
    INSERT INTO attempts
    (destination, "offset", number, message_id, source, at_ms, outcome, status, reason, duration_ms, detail)
    SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, NULL, ?7, 0, NULL
    FROM attempts WHERE destination = ?1 AND "offset" = ?2
    RETURNING number
"""
_SAVE_RETRY = """
    INSERT OR REPLACE INTO retries
    (destination, "offset", due_at_ms, attempts, last_number, first_at_ms, record, redriven_at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_SAVE_DEAD_LETTER = """
    INSERT OR REPLACE INTO dead_letters
    (destination, "offset", message_id, source, at_ms, state, reason, attempts, code, status, type, name, person,
    record, detail)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FINISH_RETRY = 'DELETE FROM retries WHERE destination = ? AND "offset" = ?'
# Given up on one way, delivered on another: by a replay, or by the destination's own lane beside one.
_FINISH_DEAD_LETTER = 'DELETE FROM dead_letters WHERE destination = ? AND "offset" = ?'
_CURSOR = "SELECT watermark, ranges FROM cursors WHERE destination = ?"
_WAITING = 'SELECT "offset", due_at_ms FROM retries WHERE destination = ?'
_RETRY = """
    SELECT "offset", due_at_ms, attempts, last_number, first_at_ms, record, redriven_at_ms FROM retries
    WHERE destination = ? AND "offset" = ?
"""
_COUNT_RETRIES = "SELECT count(*) FROM retries WHERE destination = ?"
_KNOWN = "SELECT destination FROM cursors"
_FORGET = (
    "DELETE FROM retries WHERE destination = ?",
    "DELETE FROM dead_letters WHERE destination = ?",
    "UPDATE attempts SET detail = NULL WHERE detail IS NOT NULL AND destination = ?",
    "DELETE FROM cursors WHERE destination = ?",
    totals.FORGET,
)


def settle(connection: sqlite3.Connection, destination: str, settlement: Settlement, *, sealer: Sealer) -> None:
    """Save one batch; the caller holds the transaction."""
    connection.execute(_SAVE_CURSOR, (destination, settlement.watermark, settlement.ranges))
    _save_attempts(connection, destination, settlement.attempts, sealer=sealer)
    connection.executemany(_FINISH_RETRY, [(destination, offset) for offset in settlement.finished_retries])
    connection.executemany(_SAVE_RETRY, [_retry(destination, row, sealer) for row in settlement.retries])
    # Dead letters are the destination's, whoever sent: it is there that they are looked for, and sent again from.
    owner = names.owner_of(destination)
    letters = [_dead_letter(owner, row, sealer) for row in settlement.dead_letters]
    connection.executemany(_SAVE_DEAD_LETTER, letters)
    is_replay = names.replay_of(destination) is not None
    again = [row.offset for row in settlement.attempts if row.outcome == DELIVERED and (is_replay or row.number > 1)]
    connection.executemany(_FINISH_DEAD_LETTER, [(owner, offset) for offset in again])
    figures.note(connection, destination, settlement)
    if is_replay:
        progress.note(connection, destination, settlement)


def begin(connection: sqlite3.Connection, destination: str, offset: int, record: Record, *, at_ms: int) -> int:
    """Note an attempt that is about to be made, and return its number. Its outcome takes this row's place."""
    values = (destination, offset, record.message_id, record.source, at_ms, BEGUN, NO_ANSWER_YET)
    return int(connection.execute(_BEGIN_ATTEMPT, values).fetchone()[0])


def cursor(connection: sqlite3.Connection, destination: str) -> tuple[int, bytes] | None:
    row: tuple[int, bytes] | None = connection.execute(_CURSOR, (destination,)).fetchone()
    return row


def waiting_retries(connection: sqlite3.Connection, destination: str) -> list[tuple[int, int]]:
    return connection.execute(_WAITING, (destination,)).fetchall()


def retries(connection: sqlite3.Connection, destination: str, offsets: Sequence[int], *, sealer: Sealer) -> list[Retry]:
    rows = [connection.execute(_RETRY, (destination, offset)).fetchone() for offset in offsets]
    return [
        Retry(
            offset=offset,
            due_at_ms=due_at_ms,
            attempts=attempts,
            last_number=last_number,
            first_at_ms=first_at_ms,
            record=sealing.unseal_record(record, sealer=sealer),
            redriven_at_ms=redriven_at_ms,
        )
        for offset, due_at_ms, attempts, last_number, first_at_ms, record, redriven_at_ms in filter(None, rows)
    ]


def known(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute(_KNOWN)]


def forget(connection: sqlite3.Connection, destination: str) -> None:
    """Remove what would be sent to a destination, and bodies that were. What happened stays on record."""
    for statement in _FORGET:
        connection.execute(statement, (destination,))
    figures.forget(connection, destination)
    volume.forget(connection, destination)


def count_retries(connection: sqlite3.Connection, destination: str) -> int:
    return int(connection.execute(_COUNT_RETRIES, (destination,)).fetchone()[0])


def _save_attempts(
    connection: sqlite3.Connection, destination: str, attempts: Sequence[Attempt], *, sealer: Sealer
) -> None:
    plain = [_columns(row) for row in attempts if _is_plain(row)]
    if plain:
        connection.execute(_SAVE_PLAIN_ATTEMPTS, (destination, msgspec.json.encode(plain).decode()))
    others = [_attempt(destination, row, sealer) for row in attempts if not _is_plain(row)]
    connection.executemany(_SAVE_ATTEMPT, others)


def _is_plain(row: Attempt) -> bool:
    """Tell whether JSON can carry a row: no bytes, no NUL (SQLite would end the text there), no number too large.

    What can't be carried goes by itself, and is refused where SQLite can't keep it either.
    """
    if row.detail is not None or row.is_redriven or NUL in f"{row.message_id}{row.source}{row.reason}":
        return False
    sizes = (row.duration_ms, row.status or 0, row.payload_bytes or 0, row.together or 0)
    return max(row.offset, row.number, row.at_ms, *sizes) <= LARGEST_INTEGER


def _columns(row: Attempt) -> tuple[object, ...]:
    return (
        row.offset,
        row.number,
        row.message_id,
        row.source,
        row.at_ms,
        row.outcome,
        row.status,
        row.reason,
        row.duration_ms,
        row.action,
        row.payload_bytes,
        row.together,
    )


def _attempt(destination: str, row: Attempt, sealer: Sealer) -> tuple[object, ...]:
    return (
        destination,
        row.offset,
        row.number,
        row.message_id,
        row.source,
        row.at_ms,
        row.outcome,
        row.status,
        row.reason,
        row.duration_ms,
        sealing.seal_detail(row.detail, sealer=sealer),
        row.action,
        row.payload_bytes,
        row.together,
        1 if row.is_redriven else None,
    )


def _retry(destination: str, row: Retry, sealer: Sealer) -> tuple[object, ...]:
    sealed = sealing.seal_record(row.record, sealer=sealer)
    return (
        destination,
        row.offset,
        row.due_at_ms,
        row.attempts,
        row.last_number,
        row.first_at_ms,
        sealed,
        row.redriven_at_ms,
    )


def _dead_letter(destination: str, row: DeadLetter, sealer: Sealer) -> tuple[object, ...]:
    return (
        destination,
        row.offset,
        row.record.message_id,
        row.record.source,
        row.at_ms,
        row.state.value,
        row.reason,
        row.attempts,
        row.code,
        row.status,
        row.record.type,
        labels.name_of(row.record),
        labels.hidden_of(row.record, sealer=sealer),
        sealing.seal_record(row.record, sealer=sealer),
        sealing.seal_detail(row.detail, sealer=sealer),
    )
