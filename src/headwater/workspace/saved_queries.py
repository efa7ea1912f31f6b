"""Saved queries: SQL over the lake that operators keep by name, for each other."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.store import tables

MAX_QUERIES = 500
MAX_NAME = 128
MAX_SQL_BYTES = 64 * 1024

kept = tables.saved_queries


class SavedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`author` is what the key of whoever saved it last was called, of a person their id."""

    id: str
    name: str
    sql: str
    author: str
    saved_at_ms: int


def create(connection: Connection, *, name: str, sql: str, author: str, clock: Clock) -> SavedQuery:
    """Keep a query. Raises BadRequestError, ConflictError for a name that is taken and when there are too many."""
    made = _checked(SavedQuery(id=ids.new_uuid(), name=name, sql=sql, author=author, saved_at_ms=_now(clock)))
    _require_free(connection, made)
    if connection.execute(select(func.count()).select_from(kept)).scalar_one() >= MAX_QUERIES:
        raise ConflictError(f"There are {MAX_QUERIES} saved queries already, the most there can be. Delete some.")
    connection.execute(insert(kept).values(msgspec.structs.asdict(made)))
    return made


def change(connection: Connection, query_id: str, *, name: str, sql: str, author: str, clock: Clock) -> SavedQuery:
    """Put another query in its place. Raises NotFoundError, BadRequestError, ConflictError for a name that is taken."""
    get(connection, query_id)
    changed = _checked(SavedQuery(id=query_id, name=name, sql=sql, author=author, saved_at_ms=_now(clock)))
    _require_free(connection, changed)
    connection.execute(update(kept).where(kept.c.id == query_id).values(msgspec.structs.asdict(changed)))
    return changed


def get(connection: Connection, query_id: str) -> SavedQuery:
    """Return one. Raises NotFoundError."""
    row = connection.execute(select(kept).where(kept.c.id == query_id)).first()
    if row is None:
        raise NotFoundError(f"There is no saved query {query_id!r}. GET /api/saved-queries lists them.")
    return _query(row)


def every(connection: Connection) -> list[SavedQuery]:
    """Return all, by name."""
    return [_query(row) for row in connection.execute(select(kept).order_by(kept.c.name))]


def remove(connection: Connection, query_id: str) -> None:
    """Delete one. Raises NotFoundError."""
    get(connection, query_id)
    connection.execute(delete(kept).where(kept.c.id == query_id))


def _checked(query: SavedQuery) -> SavedQuery:
    name = query.name.strip()
    if not 1 <= len(name) <= MAX_NAME or "\0" in name:
        raise BadRequestError(f"A saved query has a name of 1 to {MAX_NAME} characters.", path="/name")
    if not query.sql.strip() or len(query.sql.encode()) > MAX_SQL_BYTES or "\0" in query.sql:
        raise BadRequestError(f"A saved query has SQL, {MAX_SQL_BYTES // 1024} KiB of it at most.", path="/sql")
    return msgspec.structs.replace(query, name=name)


def _require_free(connection: Connection, query: SavedQuery) -> None:
    taken = select(kept.c.id).where((kept.c.name == query.name) & (kept.c.id != query.id))
    if connection.execute(taken).first() is not None:
        raise ConflictError(f"There is a saved query {query.name!r} already. Choose another name, or change that one.")


def _now(clock: Clock) -> int:
    return epoch_ms(clock.now())


def _query(row: Row[Any]) -> SavedQuery:
    return SavedQuery(**row._mapping)  # noqa: SLF001  its public name, in SQLAlchemy's way
