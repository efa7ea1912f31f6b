"""A statement that people wait for: put together once, and on SQLite given to the driver itself.

SQLAlchemy takes five times as long over a statement as SQLite does, most of it for results and events that nobody
asks for here. What it makes of the statement stays in charge: the SQL, the order of the parameters, how values travel
to and from a column, and which exception a failure is. Elsewhere than on SQLite it runs the statement, too.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from headwater.store.writer import NEAR

Built = Select[Any] | Insert | Update | Delete
Parameters = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Statement:
    """One constant statement, without lists of values (`in_`). Keep it with the module whose SQL it is."""

    def __init__(self, built: Built) -> None:
        self._built = built
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def rows(self, connection: Connection, parameters: Parameters) -> Sequence[Sequence[Any]]:
        """Return what it finds, in the order of its columns."""
        if connection.dialect.name != NEAR:
            return connection.execute(self._built, parameters).all()
        compiled = self._for(connection.dialect, parameters)
        return compiled.read(compiled.execute(connection, compiled.values(parameters)).fetchall())

    def first_or_none(self, connection: Connection, parameters: Parameters) -> Sequence[Any] | None:
        """Return the first row that it finds."""
        found = self.rows(connection, parameters)
        return found[0] if found else None

    def run(self, connection: Connection, parameters: Parameters) -> int:
        """Change something, and return how many rows were."""
        if connection.dialect.name != NEAR:
            # Of an INSERT the number is gone once the driver's cursor is closed, which is before we could ask.
            options = {"preserve_rowcount": True}
            return connection.execute(self._built, parameters, execution_options=options).rowcount
        compiled = self._for(connection.dialect, parameters)
        return compiled.execute(connection, compiled.values(parameters)).rowcount

    def run_for_each(self, connection: Connection, rows: Sequence[Parameters]) -> None:
        """Run it once for each of `rows`; all name the same parameters."""
        for row in rows:
            self.run(connection, row)

    def _for(self, dialect: Dialect, parameters: Parameters) -> "_Compiled":
        """Which columns an insert or update names is decided by its parameters, as in SQLAlchemy."""
        names = tuple(parameters)
        found = self._compiled.get(names)
        if found is None:
            text = self._built.compile(dialect=dialect, column_keys=list(names))
            found = self._compiled[names] = _Compiled(text, dialect, given=names)
        return found


class _Compiled:
    """The SQL of a statement, and how its values get there and back."""

    def __init__(self, text: Any, dialect: Dialect, *, given: Sequence[str]) -> None:
        compiled: SQLCompiler = text
        self._sql = str(compiled)
        self._dialect = dialect
        self._names = tuple(compiled.positiontup or ())
        # A limit, say: values that the statement brings along.
        self._own = {name: compiled.params[name] for name in self._names if name not in given}
        self._writers = [
            (at, convert)
            for at, name in enumerate(self._names)
            if (convert := _impl(compiled.binds[name].type, dialect).bind_processor(dialect)) is not None
        ]
        columns = text.statement.selected_columns if isinstance(text.statement, Select) else ()
        self._readers = [
            (at, convert)
            for at, column in enumerate(columns)
            if (convert := _impl(column.type, dialect).result_processor(dialect, None)) is not None
        ]

    def values(self, parameters: Parameters) -> list[Any]:
        named = {**self._own, **parameters} if self._own else parameters
        values = [named[name] for name in self._names]
        for at, convert in self._writers:
            values[at] = convert(values[at])
        return values

    def read(self, rows: list[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
        return [self._converted(row) for row in rows] if self._readers else rows

    def execute(self, connection: Connection, values: Sequence[Any]) -> sqlite3.Cursor:
        """Run it in the transaction that `connection` is in. Raises what SQLAlchemy would, without the values."""
        driver: Any = connection.connection.driver_connection
        try:
            cursor: sqlite3.Cursor = driver.execute(self._sql, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self._sql, None, error, sqlite3.Error, hide_parameters=True, dialect=self._dialect
            ) from error
        return cursor

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for at, convert in self._readers:
            values[at] = convert(values[at])
        return values


def _impl(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return type_.dialect_impl(dialect)
