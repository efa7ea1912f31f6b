"""/api/keys: operator keys."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from headwater.api import console_shapes
from headwater.core.clock import Clock
from headwater.store.database import Database
from headwater.web import access
from headwater.web.access import needs
from headwater.web.audit.audited import Audited
from headwater.workspace import keys


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key is made from."""

    role: str
    name: str = ""
    project_id: str | None = None
    expires_at: datetime | None = None


def routes(*, database: Database, clock: Clock) -> Router:
    @post("/", guards=[needs("keys.write")])
    async def create(request: Request[Any, Any, Any], data: JSONBody[NewKey]) -> dict[str, Any]:
        key, token = await database.write(
            lambda connection: keys.create(
                connection,
                name=data.name,
                role=data.role,
                project_id=data.project_id,
                clock=clock,
                expires_at=data.expires_at,
                maker_id=access.key_of(request),
            )
        )
        return {**console_shapes.operator_key(key), "key": token}

    @get("/", guards=[needs("keys.read")])
    async def every() -> dict[str, Any]:
        return {"keys": [console_shapes.operator_key(key) for key in await database.read(keys.every)]}

    @delete("/{key_id:str}", guards=[needs("keys.write", audited=Audited(above=1))])
    async def revoke(key_id: FromPath[str]) -> None:
        await database.write(lambda connection: keys.revoke(connection, key_id, clock=clock))

    return Router("/api/keys", route_handlers=[create, every, revoke])
