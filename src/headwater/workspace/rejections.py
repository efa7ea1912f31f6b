"""What was answered 200 and dropped: counts by source and reason, with the newest sample."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, insert, select, update

from headwater.store import tables

MAX_ROWS = 1_000


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """One reason at one source. `sample` is the beginning of the newest event that was dropped for it."""

    source_id: str
    code: str
    count: int
    first_at_ms: int
    last_at_ms: int
    sample: str


def add(connection: Connection, counted: Sequence[Rejection]) -> None:
    """Add to the counts."""
    table = tables.rejections
    for one in counted:
        match = (table.c.source_id == one.source_id) & (table.c.code == one.code)
        newest = {"count": table.c.count + one.count, "last_at_ms": one.last_at_ms, "sample": one.sample}
        if connection.execute(update(table).where(match).values(newest)).rowcount == 0:
            connection.execute(insert(table).values(msgspec.structs.asdict(one)))


def every(connection: Connection) -> list[Rejection]:
    """Return the counts, newest first."""
    newest = select(tables.rejections).order_by(tables.rejections.c.last_at_ms.desc()).limit(MAX_ROWS)
    return [Rejection(**row) for row in connection.execute(newest).mappings()]
