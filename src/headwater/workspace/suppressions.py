"""Suppressions: the people who may not be processed, each by the userId that their events have (Segment's matching).

Whoever is on the list is on it in every source, for every destination.
"""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import sources

MAX_IDS = 5_000  # in one call, as Segment has it
MAX_ID_CHARACTERS = 512
IDS_IN_A_QUERY = 500


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """One id on the list. `id` numbers them: of two, the later one is greater."""

    id: int
    user_id: str
    created_at_ms: int


def add(connection: Connection, user_ids: Sequence[str], *, clock: Clock) -> int:
    """Put people on the list, and return how many were not on it yet. Raises BadRequestError."""
    wanted = _checked(user_ids)
    there = among(connection, wanted)
    now_ms = epoch_ms(clock.now())
    rows = [{"user_id": one, "created_at_ms": now_ms} for one in wanted if one not in there]
    if rows:
        connection.execute(insert(tables.suppressions), rows)
        announce(connection, sources.TOPIC)
    return len(rows)


def remove(connection: Connection, user_ids: Sequence[str]) -> int:
    """Take people off the list, and return how many were on it. Raises BadRequestError."""
    table = tables.suppressions
    gone = 0
    for part in _parts(_checked(user_ids)):
        gone += connection.execute(delete(table).where(table.c.user_id.in_(part))).rowcount
    if gone:
        announce(connection, sources.TOPIC)
    return gone


def among(connection: Connection, user_ids: Collection[str]) -> frozenset[str]:
    """Return those of `user_ids` that are on the list."""
    column = tables.suppressions.c.user_id
    found: set[str] = set()
    for part in _parts(list(user_ids)):
        found.update(connection.execute(select(column).where(column.in_(part))).scalars())
    return frozenset(found)


def newest(
    connection: Connection, *, limit: int, before: int | None = None, user_id: str | None = None
) -> list[Suppression]:
    """Return a page of the list, the newest first: of those numbered below `before`, and of that one id, if given."""
    table = tables.suppressions
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    if user_id is not None:
        query = query.where(table.c.user_id == user_id)
    return [Suppression(**row) for row in connection.execute(query).mappings()]


def numbered(connection: Connection, *, after: int, limit: int) -> list[tuple[int, str]]:
    """Return the next ids on the list above number `after`, in the order in which they came."""
    table = tables.suppressions
    query = select(table.c.id, table.c.user_id).where(table.c.id > after).order_by(table.c.id).limit(limit)
    return [(row.id, row.user_id) for row in connection.execute(query)]


def _checked(user_ids: Sequence[str]) -> list[str]:
    """Return the ids, each once, as they are: what is a blank to us may tell two people apart elsewhere."""
    if not 1 <= len(user_ids) <= MAX_IDS:
        raise BadRequestError(f"Give 1 to {MAX_IDS:,} user ids in a call, not {len(user_ids):,}.")
    for number, one in enumerate(user_ids):
        if not 1 <= len(one) <= MAX_ID_CHARACTERS or "\0" in one:
            raise BadRequestError(
                f"/user_ids/{number}: a user id has 1 to {MAX_ID_CHARACTERS} characters, and none of them is NUL."
            )
    return list(dict.fromkeys(user_ids))


def _parts(user_ids: Sequence[str]) -> list[Sequence[str]]:
    return [user_ids[start : start + IDS_IN_A_QUERY] for start in range(0, len(user_ids), IDS_IN_A_QUERY)]
