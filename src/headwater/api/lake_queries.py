"""/api/query and /api/tables: SQL over the lake, for whoever may see it, as a stream.

JSON comes as lines: the columns first, a row each, and at the end what is to be said of them, or why it broke off. CSV
and Parquet have no room for that: an answer that breaks off is not a whole one for HTTP either.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from litestar import Request, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from headwater.api import lake_schemas
from headwater.core.errors import HeadwaterError, NotFoundError
from headwater.lake.sql.catalogue import Table
from headwater.lake.sql.orders import CSV, JSON, PARQUET
from headwater.lake.sql.queries import Answer, Queries
from headwater.store.database import Database
from headwater.web import problems
from headwater.web.access import may, needs, project_of

OK = 200
MEDIA = {
    JSON: "application/x-ndjson",
    CSV: "text/csv; charset=utf-8; header=present",
    PARQUET: "application/vnd.apache.parquet",
}

Incoming = Request[Any, Any, Any]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query. `limit`: so many rows at most; `timeout_seconds`: less than what the server gives it."""

    sql: str
    format: str = JSON
    limit: int | None = None
    timeout_seconds: float | None = None


def routes(*, queries: Queries, database: Database) -> Router:
    @post("/query", guards=[needs("lake.read")], status_code=OK)
    async def query(request: Incoming, data: JSONBody[Asked]) -> Stream:
        """Any personal data are hidden from whoever may not read them."""
        stack = AsyncExitStack()
        answer = await stack.enter_async_context(
            queries.ask(
                data.sql,
                schemas=await lake_schemas.of_key(database, project_of(request)),
                is_masked=not may(request, "personal-data.read"),
                format=data.format,
                max_rows=data.limit,
                timeout_seconds=data.timeout_seconds,
            )
        )
        pieces = _lines(answer) if data.format == JSON else answer
        return Stream(_until_closed(pieces, stack), media_type=MEDIA[data.format])

    @get("/tables", guards=[needs("lake.read")])
    async def tables(
        request: Incoming, source: FromQuery[str | None] = None, *, columns: FromQuery[bool] = True
    ) -> dict[str, Any]:
        """With `columns=false` only how many columns each has."""
        found = await _tables(request, source, queries=queries, database=database)
        return {"tables": [_shown(*one, has_columns=columns) for one in found]}

    @get("/tables/{schema:str}/{table:str}", guards=[needs("lake.read")])
    async def one_table(request: Incoming, schema: FromPath[str], table: FromPath[str]) -> dict[str, Any]:
        """A column's `note` says why its type was widened, or what is in it that found no column of its own."""
        for in_schema, name, found in await _tables(request, schema, queries=queries, database=database):
            if name == table:
                return _shown(in_schema, name, found)
        raise NotFoundError(f"{schema} has no table {table!r}. `headwater list tables` shows which there are.")

    return Router("/api", route_handlers=[query, tables, one_table])


async def _tables(
    request: Incoming, source: str | None, *, queries: Queries, database: Database
) -> list[tuple[str, str, Table]]:
    """Return the tables that whoever asks may see, of one source or of all. Raises NotFoundError for a source."""
    schemas = await lake_schemas.of_key(database, project_of(request))
    if source is not None:
        schemas = [one for one in schemas if source in (one.source_id, one.name, one.name.replace("_", "-"))]
        if not schemas:
            raise NotFoundError(f"There is no source {source!r}. `headwater list sources` shows which there are.")
    found = await queries.tables(schemas)
    return [(schema, *one) for schema, tables in sorted(found.items()) for one in sorted(tables.items())]


def _shown(schema: str, name: str, table: Table, *, has_columns: bool = True) -> dict[str, Any]:
    shown: dict[str, Any] = {"schema": schema, "table": name, "column_count": len(table.columns)}
    if has_columns:
        shown["columns"] = [
            {"name": one, "type": type_, "note": table.notes.get(one)} for one, type_ in table.columns.items()
        ]
    return shown


async def _until_closed(pieces: Any, stack: AsyncExitStack) -> AsyncIterator[bytes]:
    async with stack:
        async for piece in pieces:
            yield piece


async def _lines(answer: Answer) -> AsyncIterator[bytes]:
    yield _line({"columns": answer.columns})
    try:
        async for piece in answer:
            yield piece
    except HeadwaterError as error:
        # Litestar has said 200 long since: what came is not the whole, and the last line says so.
        yield b"\n" + _line(problems.envelope(error.status, id=error.code, reason=error.message))
        return
    word = answer.word
    if word is not None:
        yield _line({"rows": word.rows, "is_cut": word.is_cut, "behind": word.behind})


def _line(document: Any) -> bytes:
    return msgspec.json.encode(document) + b"\n"
