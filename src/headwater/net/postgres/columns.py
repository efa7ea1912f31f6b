"""The shape of a table follows what is put into it: columns are added, and widened to hold both; none is ever narrowed.

A column of a type that isn't ours is the operator's own and stays as it is.
"""

from collections.abc import Mapping

from psycopg import AsyncConnection, sql

from headwater.net.postgres.load import KEY, ColumnType, Table

SQL_TYPES: Mapping[ColumnType, str] = {
    "text": "text",
    "timestamp": "timestamp with time zone",
    "integer": "bigint",
    "float": "double precision",
    "boolean": "boolean",
}
COLUMN_TYPES: Mapping[str, ColumnType] = {name: column_type for column_type, name in SQL_TYPES.items()}
NUMBERS = {"integer", "float"}

FIND = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
# Others may be shaping the same schema at this moment.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('headwater ' || %s, 0))"
CREATE_SCHEMA = sql.SQL("CREATE SCHEMA IF NOT EXISTS {schema}")
CREATE_TABLE = sql.SQL(
    "CREATE TABLE IF NOT EXISTS {table} ({key} text PRIMARY KEY, {loaded} timestamp with time zone DEFAULT now())"
)
ADD_COLUMN = sql.SQL("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} {type}")
WIDEN = sql.SQL("ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING {column}::{type}")
# A moment becomes the text that an event would have.
MOMENT, TEXT = "timestamp with time zone", "text"
TELL = sql.SQL("""
    ALTER TABLE {table} ALTER COLUMN {column} TYPE {type}
    USING to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
""")
LOADED_AT = "uuid_ts"

Connection = AsyncConnection[tuple[object, ...]]


async def shape(connection: Connection, schema: str, table: Table) -> dict[str, str]:
    """Make `table` hold what is put into it, within the transaction at hand; return the SQL type of each column."""
    there = await found(connection, schema, table.name)
    if not changes(there, table):
        return there
    await connection.execute(LOCK, [schema])
    there = await found(connection, schema, table.name)
    where = sql.Identifier(schema, table.name)
    if not there:
        await _create(connection, schema, where)
        there = await found(connection, schema, table.name)
    for name, sql_type in changes(there, table).items():
        change = _change(there.get(name), sql_type)
        await connection.execute(
            change.format(table=where, column=sql.Identifier(name), type=sql.SQL(sql_type))  # of SQL_TYPES
        )
    return await found(connection, schema, table.name)


def changes(there: Mapping[str, str], table: Table) -> dict[str, str]:
    """Return the SQL types of columns that are missing, or too narrow."""
    wanted = {name: _wanted(there.get(name), column_type) for name, column_type in table.columns.items()}
    return {name: sql_type for name, sql_type in wanted.items() if sql_type != there.get(name)}


def _wanted(there: str | None, column_type: ColumnType) -> str:
    ours = COLUMN_TYPES.get(there or "")
    if there is not None and (ours is None or ours == column_type):
        return there
    if ours is None:
        return SQL_TYPES[column_type]
    return SQL_TYPES["float" if {ours, column_type} == NUMBERS else "text"]


def _change(there: str | None, sql_type: str) -> sql.SQL:
    if there is None:
        return ADD_COLUMN
    return TELL if (there, sql_type) == (MOMENT, TEXT) else WIDEN


async def found(connection: Connection, schema: str, table: str) -> dict[str, str]:
    """Return the SQL type of each column of a table; none where there is no such table."""
    rows = await (await connection.execute(FIND, [schema, table])).fetchall()
    return {str(name): str(sql_type) for name, sql_type in rows}


async def _create(connection: Connection, schema: str, where: sql.Identifier) -> None:
    # Whoever may use a schema may not always create one.
    row = await (await connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])).fetchone()
    if row is None:
        await connection.execute(CREATE_SCHEMA.format(schema=sql.Identifier(schema)))
    names = {"key": sql.Identifier(KEY), "loaded": sql.Identifier(LOADED_AT)}
    await connection.execute(CREATE_TABLE.format(table=where, **names))
