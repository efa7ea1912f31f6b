"""The database where it is a local file: small questions are answered on the event loop, by a connection of its own.

Handing a query of twenty microseconds to a thread and back costs twice as much as the query. Writers never block
readers (WAL), and every statement here ends at once.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, event


class Near:
    """Reads. Made on the event loop, used nowhere else; closed with the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._driver: Any = None
        event.listen(engine, "engine_disposed", self._close)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return what a constant statement finds, as the driver has it. Raises sqlite3.OperationalError."""
        if self._driver is None:
            pooled = self._engine.raw_connection()
            self._driver = pooled.driver_connection
            pooled.detach()
        found: list[tuple[Any, ...]] = self._driver.execute(sql, parameters).fetchall()
        return found

    def version(self) -> int:
        """Return a number that is another one as soon as anybody has committed anything."""
        version: int = self.rows("PRAGMA data_version")[0][0]
        return version

    def _close(self, _engine: Engine) -> None:
        if self._driver is not None:
            self._driver.close()
            self._driver = None


def near_or_none(engine: Engine) -> Near | None:
    """Return the database at hand, None where it is another machine's."""
    return Near(engine) if engine.dialect.name == "sqlite" else None
