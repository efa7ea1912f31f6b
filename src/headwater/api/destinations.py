"""/api/destinations and /api/destination-kinds."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from headwater.api.destination_desk import Desk
from headwater.api.destination_wishes import ChangedDestination, NewDestination
from headwater.deliver import catalogue, kind_sheet
from headwater.store.database import Database
from headwater.web.access import needs

Follow = Callable[[], Awaitable[None]]


def routes(*, database: Database, desk: Desk, follow: Follow) -> Router:
    """`follow` returns once whoever delivers has heard of a change: what it forbids is then no longer sent."""

    @post("/destinations", guards=[needs("destinations.write")])
    async def create(data: JSONBody[NewDestination]) -> dict[str, Any]:
        checked = await desk.checked(data)
        return await database.write(lambda connection: desk.create(connection, data, checked))

    @get("/destinations", guards=[needs("destinations.read")])
    async def every() -> dict[str, Any]:
        return {"destinations": await database.read(desk.every)}

    @get("/destinations/{destination_id:str}", guards=[needs("destinations.read")])
    async def one(destination_id: FromPath[str]) -> dict[str, Any]:
        return await database.read(lambda connection: desk.one(connection, destination_id))

    @patch("/destinations/{destination_id:str}", guards=[needs("destinations.write")])
    async def change(destination_id: FromPath[str], data: JSONBody[ChangedDestination]) -> dict[str, Any]:
        before = await database.read(lambda connection: desk.found(connection, destination_id))
        await desk.check_routing(data, before=before.routing, kind=before.kind)
        changed = await database.write(lambda connection: desk.change(connection, destination_id, data))
        await follow()
        return changed

    @delete("/destinations/{destination_id:str}", guards=[needs("destinations.write")])
    async def remove(destination_id: FromPath[str]) -> None:
        await database.write(lambda connection: desk.remove(connection, destination_id))
        await follow()

    @get("/destination-kinds", guards=[needs("destinations.read")])
    async def kinds() -> dict[str, Any]:
        return {"destination_kinds": [kind_sheet.sheet(kind) for kind in catalogue.kinds().values()]}

    return Router("/api", route_handlers=[create, every, one, change, remove, kinds])
