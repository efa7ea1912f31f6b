"""/api/dead-letters: deliveries that will not be tried again, and how to try them again after all."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromQuery, JSONBody

from headwater.core.errors import BadRequestError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.deliver.report import DeliveryReport
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import destinations

OK = 200
DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
# What people call the lane of queued Actions; no destination's id looks like this.
ACTIONS = "actions"

Redrive = Callable[[str, int | None], Awaitable[int]]


class Again(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters to try again: a destination's, or `actions`; all of them, or the one with this id."""

    destination: str
    id: int | None = None


def routes(*, database: Database, report: DeliveryReport, sealer: Sealer, redrive: Redrive) -> Router:
    """`redrive` asks whoever owns deliver.db. Raises UnavailableError when nobody runs who does."""

    @get("/dead-letters", guards=[needs("deliveries.read")])
    async def every(destination: FromQuery[str], limit: FromQuery[int] = DEFAULT_LIMIT) -> dict[str, Any]:
        if limit < 1:
            raise BadRequestError(f"{limit} is too few; ask for 1 or more.")
        rows = await report.dead_letters(_lane(destination), limit=min(limit, MAX_LIMIT))
        return {"dead_letters": [msgspec.to_builtins(row) for row in rows]}

    @post("/dead-letters/redrive", guards=[needs("deliveries.write")], status_code=OK)
    async def again(data: JSONBody[Again]) -> dict[str, Any]:
        lane = _lane(data.destination)
        if lane != queued.CURSOR_NAME:
            await database.read(lambda connection: destinations.get(connection, lane, sealer=sealer))
        redriven = await redrive(lane, data.id)
        if data.id is not None and not redriven:
            raise NotFoundError(
                f"There is no dead letter {data.id} of {data.destination} that could be sent again now: it is gone,"
                " its body has expired, or the retry table is full."
            )
        return {"destination": data.destination, "redriven": redriven}

    return Router("/api", route_handlers=[every, again])


def _lane(destination: str) -> str:
    return queued.CURSOR_NAME if destination == ACTIONS else destination
