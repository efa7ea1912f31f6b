"""The views that a query's SQL sees: a schema for each source, a view for each table, masked where that is due.

Only tables that the query names are looked into: a file is opened when its view is made. Of the others no more than
their columns is there, and only for queries that ask which tables there are.
"""

from collections.abc import Callable, Sequence

import msgspec

from headwater.lake import casts, naming, quoting, tracks
from headwater.lake.casts import TIMESTAMP, VARCHAR
from headwater.lake.erasures import Erased
from headwater.lake.sql import masks
from headwater.lake.sql.catalogue import LATEST, PROJECT, Catalogue, Table
from headwater.lake.sql.one_select import Connection, Select
from headwater.lake.sql.orders import Schema
from headwater.lake.sql.query_errors import QueryFailedError

TAIL = "@tail"  # a schema that no query can name

# A row of the tail whose event the files have, in whichever table.
_FORGET_REPEATS = "DELETE FROM {place} WHERE id IN (SELECT id FROM {known} WHERE id IN (SELECT unnest(?::VARCHAR[])))"

# Each row as an object, by its columns' types; what a line lacks is NULL.
_LOADED = "SELECT unnest(json_transform(line, {types})) FROM (SELECT unnest(?::VARCHAR[]) AS line)"


# Is told the files that are about to be opened, and returns when they are there.
Bring = Callable[[Sequence[str]], None]


class Views:
    """Makes the views of one query. `schemas` are those that it may see, `erased` the people that nobody does."""

    def __init__(
        self,
        connection: Connection,
        catalogue: Catalogue,
        schemas: tuple[Schema, ...],
        *,
        is_masked: bool,
        erased: Erased,
        bring: Bring = lambda _: None,
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._schemas = {schema.name: schema for schema in schemas}
        self._is_masked = is_masked
        self._erased = erased
        self._bring = bring

    def make(self, select: Select) -> None:
        """Make what `select` needs. Raises QueryFailedError where a table's name means several."""
        for name in ("main", TAIL, *self._schemas):
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoting.name(name)}")
        named = [place for schema, table in sorted(select.tables) for place in self._meant(schema, table, select)]
        self._bring(sorted({file for schema, table in named for file in self._files_behind(schema, table)}))
        for schema, table in dict.fromkeys(named):
            self._view(schema, table)
        if select.asks_for_tables or len(named) < len(select.tables):
            self._empty_views(besides=frozenset(named))
        path = ",".join(quoting.name(name) for name in ("main", *self._schemas))
        self._connection.execute(f"SET search_path = {quoting.text(path)}")

    def _meant(self, schema: str, table: str, select: Select) -> list[tuple[str, str]]:
        if schema:
            return [(schema, table)] if table in self._catalogue.tables.get(schema, {}) else []
        having = self._catalogue.having(table)
        if len(having) > 1 and table not in select.own_names:
            places = " or ".join(f"{name}.{table}" for name in having)
            raise QueryFailedError(f"More than one source has a table {table!r}: write {places}.")
        return [(name, table) for name in having[:1]]

    def _files_behind(self, schema: str, name: str) -> tuple[str, ...]:
        """Return the files that a view opens."""
        tables = self._catalogue.tables[schema]
        is_latest = name in LATEST and self._schemas[schema].project_id is None
        table = tables[LATEST[name][0] if is_latest else name]
        return (*table.files, *table.known_in)

    def _view(self, schema: str, name: str) -> None:
        tables = self._catalogue.tables[schema]
        if name in LATEST and self._schemas[schema].project_id is None:
            events, key = LATEST[name]
            rows = _latest(tables[name], key, self._rows(schema, events, tables[events]))
        else:
            rows = self._rows(schema, name, tables[name])
        self._create(schema, name, self._shown(name, tables[name], rows))

    def _rows(self, schema: str, name: str, table: Table) -> str:
        """Return the SELECT of all of a table's rows, by the types that its columns have now."""
        places = [self._loaded(schema, name, table), *self._files(table)]
        union = " UNION ALL BY NAME ".join(f"SELECT * FROM {place}" for place in places)  # noqa: S608  all is quoted
        columns = ", ".join(
            f"CAST({tracks.value(name, one)} AS {type_}) AS {quoting.name(one)}" for one, type_ in table.columns.items()
        )
        return f"SELECT {columns} FROM ({union}) WHERE {self._only(schema)} AND {self._erased.others(table.columns)}"  # noqa: S608

    def _files(self, table: Table) -> list[str]:
        """Return where the rows are that are in files: in one place, but for those whose moments must become text."""
        odd = {file: found for file in table.files if (found := self._moments(file, table.once_moments))}
        plain = [file for file in table.files if file not in odd]
        return [*([_parquet(plain)] if plain else []), *(_with_texts(file, found) for file, found in odd.items())]

    def _moments(self, file: str, columns: frozenset[str]) -> list[str]:
        """Return those of `columns` that a file has as moments; it is opened only where there are any to ask for."""
        if not columns:
            return []
        described = self._connection.execute(f"DESCRIBE SELECT * FROM {_parquet([file])}").fetchall()  # noqa: S608
        return [row[0] for row in described if row[0] in columns and row[1] == TIMESTAMP]

    def _loaded(self, schema: str, name: str, table: Table) -> str:
        """Make a table of the rows that are in no file yet, often none; it has all columns. Return its name."""
        place = f"{quoting.name(TAIL)}.{quoting.name(f'{schema}.{name}')}"
        types = quoting.text(msgspec.json.encode(table.columns).decode())
        loaded = _LOADED.format(types=types)
        lines = [line.decode() for line in table.lines]
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS {place} AS {loaded}", [lines])
        if table.suspects and table.known_in:
            forget = _FORGET_REPEATS.format(place=place, known=_parquet(table.known_in))
            self._connection.execute(forget, [list(table.suspects)])
        return place

    def _only(self, schema: str) -> str:
        project = self._schemas[schema].project_id
        return "true" if project is None else f"{quoting.name(PROJECT)} = {quoting.text(project)}"

    def _shown(self, name: str, table: Table, rows: str) -> str:
        if not self._is_masked:
            return rows
        columns = (f"{masks.selected(name, one, type_)} AS {quoting.name(one)}" for one, type_ in table.columns.items())
        return f"SELECT {', '.join(columns)} FROM ({rows})"  # noqa: S608  the same

    def _empty_views(self, *, besides: frozenset[tuple[str, str]]) -> None:
        for schema, tables in self._catalogue.tables.items():
            for name, table in tables.items():
                if (schema, name) not in besides:
                    columns = ", ".join(f"NULL::{type_} AS {quoting.name(one)}" for one, type_ in table.columns.items())
                    self._create(schema, name, self._shown(name, table, f"SELECT {columns} WHERE false"))
                    self._annotate(schema, name, table)

    def _annotate(self, schema: str, name: str, table: Table) -> None:
        """Say of columns what is to be said of them: `information_schema.columns` has it."""
        for column, note in table.notes.items():
            place = f"{quoting.name(schema)}.{quoting.name(name)}.{quoting.name(column)}"
            self._connection.execute(f"COMMENT ON COLUMN {place} IS {quoting.text(note)}")

    def _create(self, schema: str, name: str, select: str) -> None:
        self._connection.execute(f"CREATE VIEW {quoting.name(schema)}.{quoting.name(name)} AS {select}")


def _parquet(files: Sequence[str]) -> str:
    listed = ", ".join(quoting.text(file) for file in files)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def _with_texts(file: str, moments: Sequence[str]) -> str:
    texts = ", ".join(casts.as_now(column, was=TIMESTAMP, now=VARCHAR) for column in moments)
    return f"(SELECT * REPLACE ({texts}) FROM {_parquet([file])})"  # noqa: S608  the same


def _latest(table: Table, key: str, rows: str) -> str:
    """Return the SELECT of the newest value of each column, by what the rows are about."""
    order, about = quoting.name(naming.OFFSET), quoting.name(key)
    newest = ", ".join(
        f"max_by({quoting.name(one)}, {order}) AS {quoting.name(one)}" for one in table.columns if one != "id"
    )
    return f"SELECT {about} AS id, {newest} FROM ({rows}) WHERE {about} IS NOT NULL GROUP BY {about}"  # noqa: S608
