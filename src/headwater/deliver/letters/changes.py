"""What becomes of dead letters, as it is written: sent again, kept after all, thrown away. Constant SQL.

To be sent again is a mark on the letter. It moves among the retries once there is room for it there; so any number of
them waits in the place where it was, and a process that dies in between has lost nothing and doubled nothing.
Called on the writer's thread, in its transaction.
"""

import sqlite3
from collections.abc import Mapping, Sequence

import msgspec

from headwater.core.event import Record
from headwater.core.secrets import Sealer
from headwater.deliver import sealing
from headwater.deliver.letters import search
from headwater.deliver.letters.wanted import Order, Step, Verb
from headwater.deliver.metrics import figures

# What one transaction looks at, and changes: others wait for it.
LOOKED_AT_ONCE = 50_000
CHANGED_AT_ONCE = 1_000

INDEX = """
    CREATE INDEX IF NOT EXISTS dead_letters_to_redrive ON dead_letters (destination, id)
    WHERE redrive_at_ms IS NOT NULL
"""
_EXPIRED = """
    SELECT count(*) FROM dead_letters WHERE id IN (SELECT value FROM json_each(?)) AND record IS NULL
    AND redrive_at_ms IS NULL
"""
_CHANGE = {
    Verb.REDRIVE: """
        UPDATE dead_letters SET redrive_at_ms = :now_ms
        WHERE id IN (SELECT value FROM json_each(:ids)) AND redrive_at_ms IS NULL
    """,
    Verb.KEEP: """
        UPDATE dead_letters SET redrive_at_ms = NULL
        WHERE id IN (SELECT value FROM json_each(:ids)) AND redrive_at_ms IS NOT NULL
    """,
    Verb.DISCARD: "DELETE FROM dead_letters WHERE id IN (SELECT value FROM json_each(:ids))",
}
MARKED = """
    SELECT id, "offset", message_id, source, record IS NOT NULL
    FROM dead_letters INDEXED BY dead_letters_to_redrive
    WHERE destination = ? AND redrive_at_ms IS NOT NULL ORDER BY id LIMIT ?
"""
_COUNT_MARKED = """
    SELECT destination, count(*) FROM dead_letters INDEXED BY dead_letters_to_redrive
    WHERE redrive_at_ms IS NOT NULL GROUP BY destination
"""
_COUNT_IN_LINE = """
    SELECT destination, count(*) FROM retries WHERE redriven_at_ms IS NOT NULL AND attempts = 0 GROUP BY destination
"""
_MARKED_ONE = """
    SELECT "offset", attempts, redrive_at_ms, record FROM dead_letters
    WHERE id = ? AND destination = ? AND redrive_at_ms IS NOT NULL
"""
_REMOVE = "DELETE FROM dead_letters WHERE id = ?"
_MOVE = """
    INSERT OR REPLACE INTO retries
    (destination, "offset", due_at_ms, attempts, last_number, first_at_ms, record, redriven_at_ms)
    VALUES (?, ?, ?, 0, ?, ?, ?, ?)
"""


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is to be sent again: where its event is in the log, and whether it has a body of its own."""

    id: int
    offset: int
    message_id: str
    source: str
    has_body: bool


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a destination's letters are still to be sent again: marked, and moved but not yet tried."""

    marked: int = 0
    in_line: int = 0


def step(connection: sqlite3.Connection, order: Order, *, now_ms: int, sealer: Sealer) -> Step:
    """Take one step of an order, a bounded one."""
    wanted = order.wanted
    up_to = search.newest_id(connection, wanted.destination or "") if order.up_to is None else order.up_to
    after = max(order.after, min(wanted.ids) - 1) if wanted.ids else order.after
    end = min(after + LOOKED_AT_ONCE, up_to)
    ids = search.oldest(connection, wanted, above=after, below=end + 1, limit=CHANGED_AT_ONCE, sealer=sealer)
    as_json = msgspec.json.encode(ids).decode()
    expired = connection.execute(_EXPIRED, (as_json,)).fetchone()[0] if order.verb == Verb.REDRIVE else 0
    values = {"ids": as_json, "now_ms": now_ms}
    changed = connection.execute(_CHANGE[order.verb], values).rowcount if ids else 0
    reached = ids[-1] if len(ids) == CHANGED_AT_ONCE else end
    return Step(count=changed, expired=expired, after=max(reached, after), up_to=up_to)


def marked(connection: sqlite3.Connection, destination: str, *, limit: int) -> list[Marked]:
    """Return the oldest of one destination that are to be sent again."""
    rows = connection.execute(MARKED, (destination, limit)).fetchall()
    return [
        Marked(id=id_, offset=offset, message_id=message_id, source=source, has_body=bool(has_body))
        for id_, offset, message_id, source, has_body in rows
    ]


def waiting(connection: sqlite3.Connection) -> dict[str, Waiting]:
    """Return how many are to be sent again, by destination; one that has none is missing."""
    each, in_line = (dict(connection.execute(count).fetchall()) for count in (_COUNT_MARKED, _COUNT_IN_LINE))
    return {name: Waiting(marked=each.get(name, 0), in_line=in_line.get(name, 0)) for name in sorted({*each, *in_line})}


def move(
    connection: sqlite3.Connection,
    destination: str,
    ids: Sequence[int],
    found: Mapping[int, Record],
    *,
    now_ms: int,
    sealer: Sealer,
) -> list[int]:
    """Move marked letters among the retries, due now, with fresh patience, and return their offsets.

    `found` has the records of those without a body. One that is gone or not marked any more meanwhile stays away.
    """
    offsets = []
    for id_ in ids:
        row = connection.execute(_MARKED_ONE, (id_, destination)).fetchone()
        sealed = (row[3] or _sealed(found.get(id_), sealer)) if row else None
        if sealed is None:
            continue
        offset, attempts, redrive_at_ms, _ = row
        connection.execute(_MOVE, (destination, offset, now_ms, attempts, now_ms, sealed, redrive_at_ms))
        connection.execute(_REMOVE, (id_,))
        offsets.append(offset)
    if offsets:
        figures.note_redriven(connection, destination, len(offsets))
    return offsets


def keep(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Take the mark from letters that can't be sent again."""
    connection.execute(_CHANGE[Verb.KEEP], {"ids": msgspec.json.encode(list(ids)).decode(), "now_ms": 0})


def _sealed(record: Record | None, sealer: Sealer) -> bytes | None:
    return None if record is None else sealing.seal_record(record, sealer=sealer)
