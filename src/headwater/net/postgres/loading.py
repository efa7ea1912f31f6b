"""Rows into tables, and people out of them: each in one transaction."""

from collections.abc import Mapping, Sequence

from psycopg import sql

from headwater.net.postgres import columns
from headwater.net.postgres.columns import LOADED_AT, Connection
from headwater.net.postgres.load import KEY, Forget, Load, Table

RECEIVED_AT = "received_at"
USER_ID = "user_id"
USERS = "users"
MS_PER_SECOND = 1_000
# The server gives up on a statement first: it can say why, and does so without us.
SERVERS_SHARE = 0.8

LIMITS = "SELECT set_config('timezone', 'UTC', true), set_config('statement_timeout', %s, true)"
# Every value travels as text, a column a parameter: so many rows fit, and the column's own type reads them.
INSERT = sql.SQL(
    "INSERT INTO {table} AS kept ({names}) SELECT {values} FROM unnest({arrays}) AS given({given}) {conflict}"
)
CAST = sql.SQL("{}::{}")
LEAVE = sql.SQL("ON CONFLICT ({key}) DO NOTHING")
UPDATE = sql.SQL("ON CONFLICT ({key}) DO UPDATE SET {updates}")
# Column by column the later call wins, in whichever order they arrive.
LATER = sql.SQL(
    "{column} = CASE WHEN kept.{at} > EXCLUDED.{at} THEN coalesce(kept.{column}, EXCLUDED.{column})"
    " ELSE coalesce(EXCLUDED.{column}, kept.{column}) END"
)
OVER = sql.SQL("{column} = coalesce(EXCLUDED.{column}, kept.{column})")
LATEST = sql.SQL("{column} = greatest(kept.{column}, EXCLUDED.{column})")
TABLES_WITH = """
    SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND a.attname = %s AND c.relkind IN ('r', 'p') AND NOT a.attisdropped ORDER BY c.relname
"""
DELETE = sql.SQL("DELETE FROM {table} WHERE {column}::text = ANY(%s)")


async def put(connection: Connection, load: Load, *, timeout_seconds: float) -> int:
    """Put rows into their tables, all or none; return how many were new."""
    async with connection.transaction():
        await _bound(connection, timeout_seconds)
        # All are shaped before rows lock any: two loads would else wait for each other.
        shapes = [await columns.shape(connection, load.schema, table) for table in load.tables]
        return sum([await _put(connection, load.schema, *each) for each in zip(load.tables, shapes, strict=True)])


async def forget(connection: Connection, order: Forget, *, timeout_seconds: float) -> int:
    """Delete people's rows from every table that has a `user_id`, and them from `users`; return how many there were."""
    async with connection.transaction():
        await _bound(connection, timeout_seconds)
        found = await (await connection.execute(TABLES_WITH, [order.schema, USER_ID])).fetchall()
        users = await (await connection.execute(TABLES_WITH, [order.schema, KEY])).fetchall()
        places = [(str(name), USER_ID) for (name,) in found] + [(USERS, KEY) for (name,) in users if name == USERS]
        return sum([await _delete(connection, order, table, column) for table, column in places])


async def _bound(connection: Connection, timeout_seconds: float) -> None:
    await connection.execute(LIMITS, [f"{timeout_seconds * SERVERS_SHARE * MS_PER_SECOND:.0f}ms"])


async def _put(connection: Connection, schema: str, table: Table, types: Mapping[str, str]) -> int:
    names = list(table.columns)
    given: Sequence[list[str | None]] = [[row[place] for row in table.rows] for place in range(len(names))]
    numbered = [sql.Identifier(f"c{place}") for place in range(len(names))]
    query = INSERT.format(
        table=sql.Identifier(schema, table.name),
        names=_listed([sql.Identifier(name) for name in names]),
        # The type is what PostgreSQL itself says of the column.
        values=_listed([CAST.format(c, sql.SQL(types[name])) for name, c in zip(names, numbered, strict=True)]),
        arrays=_listed([sql.SQL("%s::text[]")] * len(names)),
        given=_listed(numbered),
        conflict=_conflict(table),
    )
    return (await connection.execute(query, given)).rowcount


def _conflict(table: Table) -> sql.Composed:
    key = sql.Identifier(KEY)
    if not table.upsert:
        return LEAVE.format(key=key)
    at = sql.Identifier(RECEIVED_AT)
    names = [sql.Identifier(name) for name in table.columns if name not in (KEY, RECEIVED_AT, LOADED_AT)]
    has_moment = RECEIVED_AT in table.columns
    updates = [(LATER if has_moment else OVER).format(column=name, at=at) for name in names]
    updates += [LATEST.format(column=at)] if has_moment else []
    updates.append(sql.SQL("{} = now()").format(sql.Identifier(LOADED_AT)))
    return UPDATE.format(key=key, updates=_listed(updates))


async def _delete(connection: Connection, order: Forget, table: str, column: str) -> int:
    query = DELETE.format(table=sql.Identifier(order.schema, table), column=sql.Identifier(column))
    return (await connection.execute(query, [order.user_ids])).rowcount


def _listed(parts: Sequence[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
