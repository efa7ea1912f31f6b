"""Dead letters found, newest first, and counted by what they have in common. Constant SQL; it reads, and opens no body.

One index holds whatever they are looked for by, in the order of their ids: looking through a hundred thousand reads
that, and not their bodies.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.secrets import Sealer
from headwater.deliver.letters import labels
from headwater.deliver.letters.wanted import LARGEST_ID, Wanted

MOST_GROUPS = 1_000

INDEX = """
    CREATE INDEX IF NOT EXISTS dead_letters_found ON dead_letters
    (destination, id, at_ms, state, code, status, type, name, source, person, message_id, reason)
"""
_MATCHING = """
    FROM dead_letters INDEXED BY dead_letters_found
    WHERE destination = :destination AND id > :above AND id < :below AND at_ms >= :since_ms AND at_ms < :until_ms
    AND (:state IS NULL OR state = :state)
    AND (:code IS NULL OR code = :code)
    AND (:status IS NULL OR status = :status)
    AND (:text IS NULL OR instr(lower(reason), lower(:text)))
    AND (:type IS NULL OR type = :type)
    AND (:name IS NULL OR name = :name)
    AND (:source IS NULL OR source = :source)
    AND (:person IS NULL OR person = :person)
    AND (:message_id IS NULL OR message_id = :message_id)
    AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
"""
NEWEST = f"SELECT id {_MATCHING} ORDER BY id DESC LIMIT :limit"
OLDEST = f"SELECT id {_MATCHING} ORDER BY id LIMIT :limit"
COUNT = f"SELECT count(*) {_MATCHING}"
GROUPS = f"""
    SELECT iif(:by_destination, destination, NULL), iif(:by_state, state, NULL), iif(:by_code, code, NULL),
    iif(:by_status, status, NULL), iif(:by_reason, reason, NULL), iif(:by_type, type, NULL), iif(:by_name, name, NULL),
    iif(:by_source, source, NULL), count(*), min(at_ms), max(at_ms), max(id)
    {_MATCHING} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 9 DESC LIMIT :limit
"""
GROUPED = ("destination", "state", "code", "status", "reason", "type", "name", "source")
# What people count by, and what that is in columns.
COUNT_BY = {
    "cause": ("state", "code", "status", "reason"),
    "code": ("code",),
    "status": ("status",),
    "event": ("type", "name"),
    "source": ("source",),
    "destination": ("destination",),
}
# One look into the index for each: a plain DISTINCT would read all of it.
_DESTINATIONS = """
    WITH RECURSIVE known (destination) AS (
        SELECT min(destination) FROM dead_letters
        UNION ALL
        SELECT (SELECT min(letter.destination) FROM dead_letters AS letter WHERE letter.destination > known.destination)
        FROM known WHERE known.destination IS NOT NULL
    )
    SELECT destination FROM known WHERE destination IS NOT NULL
"""
_FLOOR = """
    SELECT id FROM dead_letters INDEXED BY dead_letters_found WHERE destination = ? ORDER BY id DESC LIMIT 1 OFFSET ?
"""
_NEWEST_ID = "SELECT coalesce(max(id), 0) FROM dead_letters WHERE destination = ?"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Letters that have `same` in common: how many, since when and until when, and the newest one's id."""

    same: dict[str, Any]
    count: int
    oldest_ms: int
    newest_ms: int
    example: int


def newest(
    connection: sqlite3.Connection, wanted: Wanted, *, limit: int, sealer: Sealer, below: int = LARGEST_ID
) -> list[int]:
    """Return the ids of the newest ones whose ids are below that."""
    found: list[int] = []
    for destination in _among(connection, wanted):
        values = {**parameters(wanted, destination, sealer=sealer, below=below), "limit": limit}
        found += [row[0] for row in connection.execute(NEWEST, values)]
    return sorted(found, reverse=True)[:limit]


def oldest(
    connection: sqlite3.Connection, wanted: Wanted, *, above: int, below: int, limit: int, sealer: Sealer
) -> list[int]:
    """Return the ids of the oldest ones of one destination between these two ids."""
    values = parameters(wanted, wanted.destination or "", sealer=sealer, above=above, below=below)
    return [row[0] for row in connection.execute(OLDEST, {**values, "limit": limit})]


def count(connection: sqlite3.Connection, wanted: Wanted, *, sealer: Sealer, above: int = 0) -> int:
    return sum(
        connection.execute(COUNT, parameters(wanted, destination, sealer=sealer, above=above)).fetchone()[0]
        for destination in _among(connection, wanted)
    )


def floor(connection: sqlite3.Connection, destination: str, *, newest: int) -> int:
    """Return the id that so many newest letters of a destination are above, 0 where there are no more than those."""
    found = connection.execute(_FLOOR, (destination, newest)).fetchone()
    return int(found[0]) if found else 0


def groups(
    connection: sqlite3.Connection, wanted: Wanted, *, by: Sequence[str], sealer: Sealer, above: int = 0
) -> list[Group]:
    """Return the largest groups that have the columns of `by` in common, the largest first; of ids above that only."""
    counts: Counter[tuple[Any, ...]] = Counter()
    spans: dict[tuple[Any, ...], tuple[int, int, int]] = {}
    chosen = {f"by_{name}": name in by for name in GROUPED}
    for destination in _among(connection, wanted):
        values = {**parameters(wanted, destination, sealer=sealer, above=above), **chosen, "limit": MOST_GROUPS}
        for *same, number, oldest_ms, newest_ms, example in connection.execute(GROUPS, values):
            key = tuple(same)
            before = spans.get(key, (oldest_ms, newest_ms, example))
            counts[key] += number
            spans[key] = (min(before[0], oldest_ms), max(before[1], newest_ms), max(before[2], example))
    return [
        Group(
            same={name: value for name, value in zip(GROUPED, key, strict=True) if name in by},
            count=number,
            oldest_ms=spans[key][0],
            newest_ms=spans[key][1],
            example=spans[key][2],
        )
        for key, number in counts.most_common(MOST_GROUPS)
    ]


def newest_id(connection: sqlite3.Connection, destination: str) -> int:
    return int(connection.execute(_NEWEST_ID, (destination,)).fetchone()[0])


def destinations(connection: sqlite3.Connection) -> list[str]:
    """Return who has dead letters."""
    return [row[0] for row in connection.execute(_DESTINATIONS)]


def parameters(
    wanted: Wanted, destination: str, *, sealer: Sealer, above: int = 0, below: int = LARGEST_ID
) -> dict[str, Any]:
    """Return what the statements ask for. Where ids are named, nothing below or above them is looked at."""
    return {
        "destination": destination,
        "above": max(above, min(wanted.ids) - 1) if wanted.ids else above,
        "below": min(below, max(wanted.ids) + 1) if wanted.ids else below,
        "since_ms": wanted.since_ms,
        "until_ms": wanted.until_ms,
        "state": wanted.state,
        "code": wanted.code,
        "status": wanted.status,
        "text": wanted.text,
        "type": wanted.type,
        "name": wanted.name,
        "source": wanted.source,
        "person": None if wanted.user is None else labels.hidden(wanted.user, sealer=sealer),
        "message_id": wanted.message_id,
        "ids": msgspec.json.encode(wanted.ids).decode() if wanted.ids else None,
    }


def _among(connection: sqlite3.Connection, wanted: Wanted) -> list[str]:
    return destinations(connection) if wanted.destination is None else [wanted.destination]
