"""What a query may be: exactly one SELECT, over the lake's tables and nothing else. DuckDB's own parser says so.

DuckDB writes down what it parsed as JSON; that is walked, and whatever isn't known to be harmless is refused. The
kernel keeps a query from files that aren't the lake's. This keeps it from those that are, past the views over them:
that is how a viewer is shown masked values only, and a project its own rows.
"""

from collections.abc import Collection, Iterator
from typing import Any, Protocol

import msgspec

from headwater.lake.sql.query_errors import QueryFailedError, QueryRefusedError

SELECT = "SELECT"
MULTI = "MULTI"
_PARSED = "SELECT json_serialize_sql(?::VARCHAR)"

# Where rows may come from besides tables: nothing that opens a file, runs text as SQL, or names a table by a text.
FUNCTIONS = frozenset(
    {
        "range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree", "duckdb_columns",
        "duckdb_functions", "duckdb_keywords", "duckdb_schemas", "duckdb_tables", "duckdb_types", "duckdb_views",
        "icu_calendar_names", "pg_timezone_names", "pragma_version",
    }
)  # fmt: skip
NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"})
# Where every database keeps what it knows of itself, and the names of the database in memory that a query is run in.
CATALOGUES = frozenset({"information_schema", "pg_catalog", "main", "memory", "system"})
# A table of such a name is a file to DuckDB, if there is no table of it: `FROM 'a.parquet'`.
FILE_LETTERS = frozenset("./\\:*?[]")


class Statement(Protocol):
    """One statement, as DuckDB's parser cuts them."""

    @property
    def type(self) -> Any: ...


class Connection(Protocol):
    """As much of DuckDB's connection as is needed here."""

    def extract_statements(self, query: str) -> list[Any]: ...

    def execute(self, query: str, parameters: Any = ...) -> Any: ...


class Select(msgspec.Struct, frozen=True, kw_only=True):
    """A query that may be run. `tables`: the names of tables in it, as (schema or "", table), lower case.

    `own_names`: what it gives names to itself (WITH). `asks_for_tables`: it is about which tables there are, too.
    """

    statement: Any
    tables: frozenset[tuple[str, str]]
    own_names: frozenset[str]
    asks_for_tables: bool


def read(connection: Connection, sql: str, *, schemas: Collection[str], parser_error: type[Exception]) -> Select:
    """Return the query that `sql` is. Raises QueryRefusedError, or QueryFailedError where it isn't SQL."""
    try:
        statements = connection.extract_statements(sql)
    except parser_error as error:
        raise QueryFailedError(str(error)) from error
    statement = _only(statements)
    described = connection.execute(_PARSED, [sql]).fetchone()[0]
    try:
        document = msgspec.json.decode(described)
    except (msgspec.DecodeError, RecursionError) as error:
        raise QueryRefusedError("The query is nested too deep.") from error
    if document.get("error"):
        raise QueryRefusedError(f"That can't be read as one SELECT: {document.get('error_message')}.")
    return _checked(statement, document, frozenset(name.lower() for name in schemas) | CATALOGUES)


def _only(statements: list[Any]) -> Any:
    if len(statements) != 1:
        raise QueryRefusedError(f"A query is one statement; there are {len(statements)} here.")
    kind = statements[0].type.name
    if kind == MULTI:
        raise QueryRefusedError("PIVOT is taken in its standard form only: FROM t PIVOT (sum(x) FOR y IN (1, 2)).")
    if kind != SELECT:
        raise QueryRefusedError(f"A query is a SELECT; {kind} isn't, and changes nothing here.")
    return statements[0]


def _checked(statement: Any, document: Any, schemas: frozenset[str]) -> Select:
    tables: set[tuple[str, str]] = set()
    own_names: set[str] = set()
    asks_for_tables = False
    for node in _nodes(document):
        own_names |= _own_names(node)
        match node.get("type"):
            case "BASE_TABLE":
                tables.add(_table(node, schemas))
            case "TABLE_FUNCTION":
                asks_for_tables |= _function(node).startswith("duckdb_")
            case "SHOW_REF":
                asks_for_tables = True
            case str(kind) if kind.endswith("_NODE") and kind not in NODES:
                raise QueryRefusedError(f"A query only reads; there is a {kind.removesuffix('_NODE')} in this one.")
    asks_for_tables |= any(schema in CATALOGUES for schema, _ in tables)
    return Select(
        statement=statement,
        tables=frozenset(tables),
        own_names=frozenset(own_names),
        asks_for_tables=asks_for_tables,
    )


def _own_names(node: dict[str, Any]) -> set[str]:
    """Return the names that a node's WITH gives."""
    given = node.get("cte_map")
    return {str(one["key"]).lower() for one in given["map"]} if isinstance(given, dict) else set()


def _table(node: dict[str, Any], schemas: frozenset[str]) -> tuple[str, str]:
    *qualifiers, name = (str(part).lower() for part in node["qualified_name"]["path"])
    if unknown := [part for part in qualifiers if part not in schemas]:
        raise QueryRefusedError(
            f"There is no schema {unknown[0]!r} for this key. `headwater list tables` shows what there is."
        )
    if FILE_LETTERS & set(name):
        raise QueryRefusedError(f"{name!r} is no table: a query reads the lake's tables, and no files.")
    return (qualifiers[-1] if qualifiers else ""), name


def _function(node: dict[str, Any]) -> str:
    name = str(node["function"].get("function_name", "")).lower()
    if name not in FUNCTIONS:
        raise QueryRefusedError(f"{name}() isn't to be had here: a query reads the lake's tables, and no files.")
    return name


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
    """Yield every object there is in `document`, however deep."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
