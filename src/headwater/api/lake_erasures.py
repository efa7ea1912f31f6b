"""/api/lake/erasures: the people whom the lake has to forget, and how far it is with them."""

from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromQuery, JSONBody

from headwater.api.places import Place
from headwater.core.errors import BadRequestError
from headwater.lake.erasure_desk import ErasureDesk
from headwater.web.access import needs
from headwater.web.audit.audited import Audited

ACCEPTED = 202
DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000


class People(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom it is about, up to 5,000: by the ids that their events have."""

    user_ids: list[str] = []
    anonymous_ids: list[str] = []


def routes(*, desk: ErasureDesk) -> Router:
    @post("/", guards=[needs("erasures.write", audited=Audited(counted="erasures"))], status_code=ACCEPTED)
    async def erase(data: JSONBody[People]) -> dict[str, Any]:
        """In force when this answers; files are written again after that."""
        return {"erasures": await desk.erase(user_ids=data.user_ids, anonymous_ids=data.anonymous_ids)}

    @get("/", guards=[needs("erasures.read")])
    async def newest(before: Place = None, limit: FromQuery[int] = DEFAULT_LIMIT) -> dict[str, Any]:
        if not 1 <= limit <= MAX_LIMIT:
            raise BadRequestError(f"`limit` is from 1 to {MAX_LIMIT}, not {limit}.")
        found = await desk.newest(before=before, limit=limit)
        return {"erasures": found, "next": found[-1]["number"] if len(found) == limit else None}

    return Router("/api/lake/erasures", route_handlers=[erase, newest])
