"""Which schemas of the lake a key sees: the workspace's keys each source's, a project's key its own people's events."""

from collections.abc import Sequence

from headwater.core.event import IDENTITY_SOURCE
from headwater.lake.sql.orders import Schema
from headwater.store.database import Database
from headwater.workspace import sources

# Names that a database has for itself.
TAKEN = frozenset({"information_schema", "main", "memory", "pg_catalog", "system", "temp"})


async def of_key(database: Database, project_id: str | None) -> Sequence[Schema]:
    """Return the schemas of a key; of a deleted source, too: its events stay."""
    own = Schema(name=IDENTITY_SOURCE, source_id=IDENTITY_SOURCE, project_id=project_id)
    if project_id is not None:
        return (own,)
    found = await database.read(sources.every)
    return (own, *(Schema(name=name_of(source.slug), source_id=source.id) for source in found))


def name_of(slug: str) -> str:
    """Return the schema of the source with that slug. No two slugs have the same one: no slug has a `_` of its own."""
    name = slug.replace("-", "_")
    return f"_{name}" if name[0].isdigit() or name in TAKEN else name
