"""/api/dead-letters: deliveries that will not be tried again: found, shown, sent again after all, thrown away."""

from typing import Any

from litestar import Request, Router, get, post
from litestar.params import FromPath, JSONBody

from headwater.api import dead_letter_wishes
from headwater.api.dead_letter_desk import DeadLetterDesk
from headwater.api.dead_letter_wishes import Counts, Meant, Page
from headwater.web.access import needs

OK = 200

Incoming = Request[Any, Any, Any]


def routes(*, desk: DeadLetterDesk) -> Router:
    @get("/dead-letters", guards=[needs("deliveries.read")])
    async def some(request: Incoming) -> dict[str, Any]:
        return await desk.page(dead_letter_wishes.read(Page, _query(request)))

    @get("/dead-letters/counts", guards=[needs("deliveries.read")])
    async def counts(request: Incoming) -> dict[str, Any]:
        return await desk.counts(dead_letter_wishes.read(Counts, _query(request)))

    @get("/dead-letters/waiting", guards=[needs("deliveries.read")])
    async def waiting() -> dict[str, Any]:
        return await desk.waiting()

    @get("/dead-letters/{letter_id:int}", guards=[needs("deliveries.read")])
    async def one(letter_id: FromPath[int]) -> dict[str, Any]:
        return await desk.one(letter_id)

    @post("/dead-letters/redrive", guards=[needs("deliveries.write")], status_code=OK)
    async def redrive(data: JSONBody[Meant]) -> dict[str, Any]:
        return await desk.redrive(data)

    @post("/dead-letters/keep", guards=[needs("deliveries.write")], status_code=OK)
    async def keep(data: JSONBody[Meant]) -> dict[str, Any]:
        return await desk.keep(data)

    @post("/dead-letters/discard", guards=[needs("deliveries.write")], status_code=OK)
    async def discard(data: JSONBody[Meant]) -> dict[str, Any]:
        return await desk.discard(data)

    return Router("/api", route_handlers=[some, counts, waiting, one, redrive, keep, discard])


def _query(request: Incoming) -> dict[str, Any]:
    """Return the parameters of a query, of which only ids may be there more than once."""
    found: dict[str, Any] = dict(request.query_params)
    if ids := request.query_params.getall("id", []):
        del found["id"]
        found["ids"] = ids
    return found
