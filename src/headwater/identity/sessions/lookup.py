"""The one question that every request of a signed-in person asks, answered at once.

Where the database is a local file, the answer is read on the event loop: one indexed query of some twenty
microseconds, which writers never block (WAL). Handing it to a thread and back would take twice as long as the query.
Anywhere else it is read off the loop, as everything is.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Engine

from headwater.core.secrets import Secret
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import bearer
from headwater.identity.sessions.sessions import Session
from headwater.store.database import Database

Found = tuple[Session, Account] | None


class TokenLookup:
    """Finds whose token it is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._local = _LocalQuery(database.engine) if database.engine.dialect.name == "sqlite" else None

    async def find_or_none(self, token: Secret, *, project_id: str, now_ms: int) -> Found:
        """Return the active, unexpired session of this token with its person, whatever the person's state."""
        if self._local is not None:
            try:
                return bearer.found_in(self._local.rows(bearer.wanted(token, project_id=project_id, now_ms=now_ms)))
            except sqlite3.OperationalError:
                pass  # asked again below, where trouble with the disk has its words
        return await self._database.read(
            lambda connection: bearer.find_or_none(connection, token, project_id=project_id, now_ms=now_ms)
        )


class _LocalQuery:
    """`bearer.BY_TOKEN` for the driver itself: half the time that it takes through SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        compiled = bearer.BY_TOKEN.compile(dialect=engine.dialect)
        self._engine = engine
        self._sql = str(compiled)
        self._names = tuple(compiled.positiontup or ())
        # The driver knows numbers only.
        self._flags = [
            index for index, column in enumerate(bearer.BY_TOKEN.selected_columns) if isinstance(column.type, Boolean)
        ]

    def rows(self, wanted: dict[str, Any]) -> list[Sequence[Any]]:
        pooled = self._engine.raw_connection()
        try:
            driver: Any = pooled.driver_connection
            rows = driver.execute(self._sql, [wanted[name] for name in self._names]).fetchall()
        finally:
            pooled.close()
        return [self._typed(row) for row in rows]

    def _typed(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for index in self._flags:
            values[index] = None if values[index] is None else bool(values[index])
        return values
