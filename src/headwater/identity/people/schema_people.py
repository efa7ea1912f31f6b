"""The people of an identity schema: how many there are, and the traits of the newest. SQL only.

No index serves these, unlike other lists of people: 100,000 are looked through in 20 to 30 ms, when an operator asks
before a change of a schema, and each sign-up would pay for an index.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from headwater.store.tables import identities

READ_AT_ONCE = 50
MOST_BYTES = 16 * 1024 * 1024  # ten thousand of the largest there can be would fill the memory


def count(connection: Connection, schema_id: str, *, project_id: str) -> int:
    """Return how many people of a project have it."""
    chosen = identities.c.project_id == project_id, identities.c.schema_id == schema_id
    return connection.execute(select(func.count()).select_from(identities).where(*chosen)).scalar_one()


def newest(
    connection: Connection, schema_id: str, *, project_id: str, limit: int, most_bytes: int = MOST_BYTES
) -> list[tuple[str, dict[str, Any]]]:
    """Return ids and traits of those who have it and came last, the newest first: fewer where they are very large."""
    chosen = identities.c.project_id == project_id, identities.c.schema_id == schema_id
    # Ids first: what is sorted is then not everybody's traits.
    found = select(identities.c.id).where(*chosen).order_by(identities.c.created_at_ms.desc()).limit(limit)
    rows = connection.execute(
        select(identities.c.id, identities.c.traits)
        .where(identities.c.id.in_(found))
        .order_by(identities.c.created_at_ms.desc(), identities.c.id)
    )
    people: list[tuple[str, dict[str, Any]]] = []
    for row in rows.yield_per(READ_AT_ONCE):
        people.append((row.id, msgspec.json.decode(row.traits)))
        most_bytes -= len(row.traits)
        if most_bytes <= 0:
            break
    return people
