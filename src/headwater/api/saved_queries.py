"""/api/saved-queries: SQL over the lake that operators keep by name, for each other.

Asked for one by one they have people's ids for authors, no names: the audit log keeps what it is shown of a change.
"""

from typing import Any

import msgspec
from litestar import Request, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from headwater.api import shapes
from headwater.core.clock import Clock
from headwater.identity.admin import operator_people
from headwater.store.database import Database
from headwater.web.access import key_of, needs
from headwater.workspace import keys, saved_queries
from headwater.workspace.saved_queries import SavedQuery

Incoming = Request[Any, Any, Any]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query and what it's called. Whether it runs, running it tells."""

    name: str
    sql: str


def routes(*, database: Database, clock: Clock) -> Router:
    @get("/", guards=[needs("queries.read")])
    async def every() -> dict[str, Any]:
        """By name; each one's SQL is there when it's asked for by its id."""
        return {"queries": await database.read(_every)}

    @get("/{query_id:str}", guards=[needs("queries.read")])
    async def one(query_id: FromPath[str]) -> dict[str, Any]:
        return _shown(await database.read(lambda connection: saved_queries.get(connection, query_id)))

    @post("/", guards=[needs("queries.write")])
    async def create(request: Incoming, data: JSONBody[Wanted]) -> dict[str, Any]:
        def store(connection: Connection) -> SavedQuery:
            author = _author(connection, request)
            return saved_queries.create(connection, name=data.name, sql=data.sql, author=author, clock=clock)

        return _shown(await database.write(store))

    @put("/{query_id:str}", guards=[needs("queries.write")])
    async def change(request: Incoming, query_id: FromPath[str], data: JSONBody[Wanted]) -> dict[str, Any]:
        def store(connection: Connection) -> SavedQuery:
            author = _author(connection, request)
            return saved_queries.change(connection, query_id, name=data.name, sql=data.sql, author=author, clock=clock)

        return _shown(await database.write(store))

    @delete("/{query_id:str}", guards=[needs("queries.write")])
    async def remove(query_id: FromPath[str]) -> None:
        await database.write(lambda connection: saved_queries.remove(connection, query_id))

    return Router("/api/saved-queries", route_handlers=[every, one, create, change, remove])


def _every(connection: Connection) -> list[dict[str, Any]]:
    """Return all as they are listed: people by the names that they have now, as long as they are there."""
    found = saved_queries.every(connection)
    names = operator_people.names(connection, {one.author for one in found})
    return [{**_listed(one), "author": names.get(one.author, one.author)} for one in found]


def _author(connection: Connection, request: Incoming) -> str:
    """Return who asks, as a query remembers them: a person by their id alone, since it may outlive them."""
    return keys.name_of(connection, key_of(request)) or key_of(request)


def _listed(query: SavedQuery) -> dict[str, Any]:
    return {"id": query.id, "name": query.name, "author": query.author, "saved_at": shapes.at(query.saved_at_ms)}


def _shown(query: SavedQuery) -> dict[str, Any]:
    return {**_listed(query), "sql": query.sql}
