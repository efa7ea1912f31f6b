"""/api/suppressions: who may not be processed, whatever the source and whatever the destination."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromQuery, JSONBody

from headwater.api import shapes
from headwater.api.places import Place
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import suppressions
from headwater.workspace.suppressions import Suppression

OK = 200
DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000

Follow = Callable[[], Awaitable[None]]


class UserIds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom it is about, up to 5,000."""

    user_ids: list[str]


def routes(*, database: Database, clock: Clock, follow: Follow) -> Router:
    """`follow` returns once whoever delivers has heard of a change: it is in force then."""

    @post("/", guards=[needs("suppressions.write")], status_code=OK)
    async def create(data: JSONBody[UserIds]) -> dict[str, Any]:
        added = await database.write(lambda connection: suppressions.add(connection, data.user_ids, clock=clock))
        await follow()
        return {"suppressed": added, "already": len(set(data.user_ids)) - added}

    @post("/delete", guards=[needs("suppressions.write")], status_code=OK)
    async def remove(data: JSONBody[UserIds]) -> dict[str, Any]:
        """Not DELETE: user ids are anything, and many of them fit into no address."""
        removed = await database.write(lambda connection: suppressions.remove(connection, data.user_ids))
        await follow()
        return {"deleted": removed, "not_suppressed": len(set(data.user_ids)) - removed}

    @get("/", guards=[needs("suppressions.read")])
    async def every(
        user_id: FromQuery[str | None] = None,
        before: Place = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
    ) -> dict[str, Any]:
        if not 1 <= limit <= MAX_LIMIT:
            raise BadRequestError(f"`limit` is from 1 to {MAX_LIMIT}, not {limit}.")
        found = await database.read(
            lambda connection: suppressions.newest(connection, user_id=user_id, before=before, limit=limit)
        )
        following = found[-1].id if len(found) == limit else None
        return {"suppressions": [_shown(one) for one in found], "next": following}

    return Router("/api/suppressions", route_handlers=[create, remove, every])


def _shown(one: Suppression) -> dict[str, Any]:
    return {"user_id": one.user_id, "created_at": shapes.at(one.created_at_ms)}
