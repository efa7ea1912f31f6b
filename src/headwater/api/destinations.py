"""/api/destinations and /api/destination-kinds."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from headwater.api import shapes
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.core.secrets import Sealer
from headwater.deliver import catalogue
from headwater.deliver.destination import check_settings
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import destinations, sources
from headwater.workspace.configuration import Destination


class NewDestination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a destination is made from."""

    kind: str
    sources: list[str]
    name: str | None = None
    settings: dict[str, Any] = {}


def routes(*, database: Database, clock: Clock, sealer: Sealer, newest_offset: Callable[[], int]) -> Router:
    """`newest_offset` is the log's head: a new destination's events are those after it."""

    def show(connection: Connection, made: Destination) -> dict[str, Any]:
        return shapes.destination(made, slugs=shapes.slugs_of(sources.every(connection)))

    def store(connection: Connection, data: NewDestination, settings: dict[str, Any]) -> dict[str, Any]:
        made = destinations.create(
            connection,
            data.kind,
            name=data.name or catalogue.kind(data.kind).title,
            source_slugs=data.sources,
            settings=settings,
            start_offset=newest_offset(),
            clock=clock,
            sealer=sealer,
        )
        return show(connection, made)

    @post("/destinations", guards=[needs("destinations.write")])
    async def create(data: JSONBody[NewDestination]) -> dict[str, Any]:
        if not data.sources:
            raise BadRequestError("A destination needs at least one source: --source SLUG.")
        settings = check_settings(catalogue.kind(data.kind), data.settings)
        return await database.write(lambda connection: store(connection, data, settings))

    @get("/destinations", guards=[needs("destinations.read")])
    async def every() -> dict[str, Any]:
        shown = await database.read(
            lambda connection: [show(connection, one) for one in destinations.every(connection, sealer=sealer)]
        )
        return {"destinations": shown}

    @get("/destinations/{destination_id:str}", guards=[needs("destinations.read")])
    async def one(destination_id: FromPath[str]) -> dict[str, Any]:
        return await database.read(
            lambda connection: show(connection, destinations.get(connection, destination_id, sealer=sealer))
        )

    @get("/destination-kinds", guards=[needs("destinations.read")])
    async def kinds() -> dict[str, Any]:
        return {"destination_kinds": [shapes.kind(kind) for kind in catalogue.kinds().values()]}

    return Router("/api", route_handlers=[create, every, one, kinds])
