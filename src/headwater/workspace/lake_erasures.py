"""Whom the lake has to forget: what was asked for. What became of it is for the lake to say.

A row stays for good: a lake whose manifest is lost reads the log, or an old file of its archive, once more.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, insert, select

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import sources

MAX_IDS = 5_000  # in one call
MAX_ID_CHARACTERS = 512
NUL = "\0"


class LakeErasure(msgspec.Struct, frozen=True, kw_only=True):
    """One person, by one of both ids: what of theirs the log had up to `up_to`. `number`: the later, the greater."""

    number: int
    id: str
    user_id: str | None
    anonymous_id: str | None
    up_to: int
    asked_at_ms: int


def add(
    connection: Connection, *, user_ids: Sequence[str], anonymous_ids: Sequence[str], up_to: int, clock: Clock
) -> list[LakeErasure]:
    """Have people forgotten, and return what was asked for. Raises BadRequestError."""
    users, anonymous = _checked(user_ids), _checked(anonymous_ids)
    if not 1 <= len(users) + len(anonymous) <= MAX_IDS:
        raise BadRequestError(f"Name from 1 to {MAX_IDS:,} people in a call, by `user_ids` and `anonymous_ids`.")
    both = [*((one, None) for one in users), *((None, one) for one in anonymous)]
    rows = [
        {
            "id": ids.new_short_id("era_"),
            "user_id": user_id,
            "anonymous_id": anonymous_id,
            "up_to": up_to,
            "asked_at_ms": epoch_ms(clock.now()),
        }
        for user_id, anonymous_id in both
    ]
    before = _newest_number(connection)
    connection.execute(insert(tables.lake_erasures), rows)
    announce(connection, sources.TOPIC)
    return since(connection, before)


def since(connection: Connection, number: int = 0) -> list[LakeErasure]:
    """Return those that were asked for after another one, oldest first; all of them behind 0."""
    table = tables.lake_erasures
    rows = connection.execute(select(table).where(table.c.number > number).order_by(table.c.number))
    return [LakeErasure(**row._mapping) for row in rows]  # noqa: SLF001  the API's own name


def newest(connection: Connection, *, before: int | None, limit: int) -> list[LakeErasure]:
    """Return the newest, at most so many; those before a number, if one is given."""
    table = tables.lake_erasures
    wanted = select(table).order_by(table.c.number.desc()).limit(limit)
    rows = connection.execute(wanted if before is None else wanted.where(table.c.number < before))
    return [LakeErasure(**row._mapping) for row in rows]  # noqa: SLF001  the same


def _newest_number(connection: Connection) -> int:
    found = newest(connection, before=None, limit=1)
    return found[0].number if found else 0


def _checked(given: Sequence[str]) -> list[str]:
    for one in given:
        if not one or len(one) > MAX_ID_CHARACTERS or NUL in one:
            raise BadRequestError(f"An id has 1 to {MAX_ID_CHARACTERS} characters, and no NUL among them.")
    return list(dict.fromkeys(given))
