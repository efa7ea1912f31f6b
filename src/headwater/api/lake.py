"""/api/lake: what the lake holds and how far it is, and the word that has its tables made anew."""

from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from headwater.lake.lake_desk import LakeDesk
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import sources

ACCEPTED = 202
IDENTITY = "identity"


class Rebuild(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source`: the id or slug of one; without it the tables of all are made anew."""

    source: str | None = None


def routes(*, desk: LakeDesk, database: Database) -> Router:
    @get("/", guards=[needs("status.read")])
    async def show() -> dict[str, Any]:
        return await desk.described()

    @post("/rebuild", guards=[needs("lake.write")], status_code=ACCEPTED)
    async def rebuild(data: JSONBody[Rebuild]) -> dict[str, Any]:
        """From the archive; what is there stays until all of it is made."""
        return await desk.rebuild(await _id_of(data.source))

    async def _id_of(source: str | None) -> str | None:
        if source in (None, IDENTITY):
            return source
        found = await database.read(lambda connection: sources.get(connection, str(source)))
        return found.id

    return Router("/api/lake", route_handlers=[show, rebuild])
