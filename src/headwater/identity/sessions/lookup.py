"""Whose token is this? The one question that every request of a signed-in person asks."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean

from headwater.core.secrets import Secret
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import bearer
from headwater.identity.sessions.near import Near
from headwater.identity.sessions.sessions import Session
from headwater.store.database import Database

Found = tuple[Session, Account] | None


class TokenLookup:
    """Finds whose token it is: on the event loop where the database is at hand, off it anywhere else."""

    def __init__(self, database: Database, near: Near | None) -> None:
        self._database = database
        self._near = near
        compiled = bearer.BY_TOKEN.compile(dialect=database.engine.dialect)
        # For the driver itself: half the time that it takes through SQLAlchemy.
        self._sql, self._names = str(compiled), tuple(compiled.positiontup or ())

    async def find_or_none(self, token: Secret, *, project_id: str, now_ms: int) -> Found:
        """Return the active, unexpired session of this token with its person, whatever the person's state."""
        if self._near is not None:
            wanted = bearer.wanted(token, project_id=project_id, now_ms=now_ms)
            try:
                rows = self._near.rows(self._sql, [wanted[name] for name in self._names])
            except sqlite3.OperationalError:
                pass  # asked again below, where trouble with the disk has its words
            else:
                return bearer.found_in([_typed(row) for row in rows])
        return await self._database.read(
            lambda connection: bearer.find_or_none(connection, token, project_id=project_id, now_ms=now_ms)
        )


# The driver knows numbers only.
FLAGS = [index for index, column in enumerate(bearer.BY_TOKEN.selected_columns) if isinstance(column.type, Boolean)]


def _typed(row: Sequence[Any]) -> Sequence[Any]:
    values = list(row)
    for index in FLAGS:
        values[index] = None if values[index] is None else bool(values[index])
    return values
