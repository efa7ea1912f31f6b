"""/api/warehouses: databases that the lake is synced into, and what became of the syncs."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from headwater.api.warehouse_desk import ChangedWarehouse, NewWarehouse, WarehouseDesk
from headwater.web.access import needs

ACCEPTED = 202

Follow = Callable[[], Awaitable[None]]


def routes(*, desk: WarehouseDesk, follow: Follow) -> Router:
    """`follow` returns once whoever syncs has heard of a change."""

    @post("/", guards=[needs("warehouses.write")])
    async def create(data: JSONBody[NewWarehouse]) -> dict[str, Any]:
        made = await desk.create(data)
        await follow()
        return made

    @get("/", guards=[needs("warehouses.read")])
    async def every() -> dict[str, Any]:
        return {"warehouses": await desk.every()}

    @get("/{name:str}", guards=[needs("warehouses.read")])
    async def one(name: FromPath[str]) -> dict[str, Any]:
        return await desk.one(name)

    @patch("/{name:str}", guards=[needs("warehouses.write")])
    async def change(name: FromPath[str], data: JSONBody[ChangedWarehouse]) -> dict[str, Any]:
        changed = await desk.change(name, data)
        await follow()
        return changed

    @delete("/{name:str}", guards=[needs("warehouses.write")])
    async def remove(name: FromPath[str]) -> None:
        await desk.remove(name)
        await follow()

    return Router("/api/warehouses", route_handlers=[create, every, one, change, remove, _syncs(desk, follow)])


def _syncs(desk: WarehouseDesk, follow: Follow) -> Router:
    @post("/", guards=[needs("syncs.write")], status_code=ACCEPTED)
    async def sync(name: FromPath[str]) -> dict[str, Any]:
        wanted = await desk.sync(name)
        await follow()
        return wanted

    @get("/", guards=[needs("warehouses.read")])
    async def syncs(name: FromPath[str]) -> dict[str, Any]:
        return {"syncs": await desk.syncs(name)}

    @get("/{sync_id:str}", guards=[needs("warehouses.read")])
    async def one_sync(name: FromPath[str], sync_id: FromPath[str]) -> dict[str, Any]:
        return await desk.one_sync(name, sync_id)

    return Router("/{name:str}/syncs", route_handlers=[sync, syncs, one_sync])
