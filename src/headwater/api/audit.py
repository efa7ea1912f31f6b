"""/api/audit: who changed what, when, and what was there before and after; the newest first."""

from typing import Any

from litestar import Router, get
from litestar.params import FromPath, FromQuery
from sqlalchemy import Connection

from headwater.api import ages, audit_shape
from headwater.api.places import LARGEST, Place
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace.audit import entries
from headwater.workspace.audit.entries import Sought

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000


def routes(*, database: Database, sealer: Sealer, clock: Clock) -> Router:
    @get("/", guards=[needs("audit.read")])
    async def every(
        limit: FromQuery[int] = DEFAULT_LIMIT,
        before_number: Place = None,
        who: FromQuery[str | None] = None,
        path: FromQuery[str | None] = None,
        since: FromQuery[str | None] = None,
    ) -> dict[str, Any]:
        if not 1 <= limit <= MAX_LIMIT:
            raise BadRequestError(f"`limit` is from 1 to {MAX_LIMIT}, not {limit}.")
        sought = Sought(
            who=who,
            path=path,
            before_number=before_number,
            since_ms=None if since is None else ages.moment_ms(since, name="since", clock=clock),
        )
        found = await database.read(lambda connection: entries.page(connection, sought, limit=limit))
        following = found[-1].number if len(found) == limit else None
        return {"entries": [audit_shape.entry(one) for one in found], "next": following}

    @get("/{number:int}", guards=[needs("audit.read")])
    async def one(number: FromPath[int]) -> dict[str, Any]:
        def read(connection: Connection) -> dict[str, Any]:
            found = entries.get_or_none(connection, number) if 0 < number <= LARGEST else None
            if found is None:
                raise NotFoundError(f"There is no entry {number}. `headwater list audit` shows which there are.")
            return audit_shape.in_full(found, entries.documents_of(connection, number, sealer=sealer))

        return await database.read(read)

    return Router("/api/audit", route_handlers=[every, one])
