"""/api/sources: sources, their write keys, and what was refused from them."""

from typing import Any

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from headwater.api import shapes
from headwater.core.clock import Clock
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.web.audit.audited import Audited
from headwater.workspace import rejections, sources, write_keys
from headwater.workspace.sources import SourceChange


class NewSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a source is made from."""

    name: str
    kind: str = "http-api"
    strict: bool = False
    rate_limit: int | None = None


def routes(*, database: Database, clock: Clock) -> Router:
    @post("/sources", guards=[needs("sources.write")])
    async def create(data: JSONBody[NewSource]) -> dict[str, Any]:
        made = await database.write(
            lambda connection: sources.create(
                connection, data.name, kind=data.kind, strict=data.strict, rate_limit=data.rate_limit, clock=clock
            )
        )
        return shapes.source_in_full(made)

    @get("/sources", guards=[needs("sources.read")])
    async def every(*, deleted: FromQuery[bool] = False) -> dict[str, Any]:
        found = await database.read(sources.every if deleted else sources.living)
        return {"sources": [shapes.source(one) for one in found]}

    @get("/sources/{id_or_slug:str}", guards=[needs("sources.read")])
    async def one(id_or_slug: FromPath[str]) -> dict[str, Any]:
        return shapes.source_in_full(await database.read(lambda connection: sources.get(connection, id_or_slug)))

    @patch("/sources/{id_or_slug:str}", guards=[needs("sources.write")])
    async def change(id_or_slug: FromPath[str], data: JSONBody[SourceChange]) -> dict[str, Any]:
        changed = await database.write(lambda connection: sources.update_source(connection, id_or_slug, data))
        return shapes.source_in_full(changed)

    @delete("/sources/{id_or_slug:str}", guards=[needs("sources.write")])
    async def remove(id_or_slug: FromPath[str]) -> None:
        await database.write(lambda connection: sources.delete_source(connection, id_or_slug, clock=clock))

    @get("/rejected-events", guards=[needs("sources.read")])
    async def rejected() -> dict[str, Any]:
        counted, slugs = await database.read(
            lambda connection: (rejections.every(connection), sources.slugs(connection))
        )
        return {"rejected_events": [shapes.rejection(row, slugs=slugs) for row in counted]}

    handlers = [create, every, one, change, remove, rejected]
    return Router("/api", route_handlers=[*handlers, _write_keys(database, clock)])


def _write_keys(database: Database, clock: Clock) -> Router:
    """A change is in force when its answer leaves: whoever looks keys up hears of the commit before we do."""

    @post("/", guards=[needs("sources.write")])
    async def create(id_or_slug: FromPath[str]) -> dict[str, Any]:
        made = await database.write(lambda connection: write_keys.create(connection, id_or_slug, clock=clock))
        return shapes.write_key(made)

    @get("/", guards=[needs("sources.read")])
    async def every(id_or_slug: FromPath[str]) -> dict[str, Any]:
        source = await database.read(lambda connection: sources.get(connection, id_or_slug))
        return {"write_keys": [shapes.write_key(key) for key in source.write_keys]}

    @delete("/{key_id:str}", guards=[needs("sources.write", audited=Audited(above=1))])
    async def remove(id_or_slug: FromPath[str], key_id: FromPath[str]) -> None:
        await database.write(lambda connection: write_keys.delete_key(connection, id_or_slug, key_id))

    return Router("/sources/{id_or_slug:str}/write-keys", route_handlers=[create, every, remove])
