"""Which schemas of the lake a key sees: the workspace's keys each source's, a project's key its own people's events."""

from collections.abc import Sequence

from headwater.core.event import IDENTITY_SOURCE
from headwater.lake import naming
from headwater.lake.sql.orders import Schema
from headwater.store.database import Database
from headwater.workspace import sources


async def of_key(database: Database, project_id: str | None) -> Sequence[Schema]:
    """Return the schemas of a key; of a deleted source, too: its events stay."""
    own = Schema(name=IDENTITY_SOURCE, source_id=IDENTITY_SOURCE, project_id=project_id)
    if project_id is not None:
        return (own,)
    found = await database.read(sources.every)
    return (own, *(Schema(name=naming.schema_of(source.slug), source_id=source.id) for source in found))
