"""/api/sources: sources, their write keys, and what was refused from them."""

from typing import Any

import msgspec
from litestar import Router, get, post

from headwater.api import shapes
from headwater.core.clock import Clock
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import rejections, sources


class NewSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a source is made from."""

    name: str
    kind: str = "http-api"


def routes(*, database: Database, clock: Clock) -> Router:
    @post("/sources", guards=[needs("sources.write")])
    async def create(data: NewSource) -> dict[str, Any]:
        made = await database.write(
            lambda connection: sources.create(connection, data.name, kind=data.kind, clock=clock)
        )
        return shapes.source(made)

    @get("/sources", guards=[needs("sources.read")])
    async def every() -> dict[str, Any]:
        return {"sources": [shapes.source(one) for one in await database.read(sources.every)]}

    @get("/sources/{id_or_slug:str}", guards=[needs("sources.read")])
    async def one(id_or_slug: str) -> dict[str, Any]:
        return shapes.source(await database.read(lambda connection: sources.get(connection, id_or_slug)))

    @get("/rejected-events", guards=[needs("sources.read")])
    async def rejected() -> dict[str, Any]:
        counted, known = await database.read(
            lambda connection: (rejections.every(connection), sources.every(connection))
        )
        slugs = shapes.slugs_of(known)
        return {"rejected_events": [shapes.rejection(row, slugs=slugs) for row in counted]}

    return Router("/api", route_handlers=[create, every, one, rejected])
