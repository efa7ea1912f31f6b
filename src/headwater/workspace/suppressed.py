"""Whom an event is about may be on the list of suppressions: asked of every event, answered from memory for nearly all.

In memory there is a sieve of the list; only whom it doesn't rule out is looked up.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection

from headwater.store.database import Database
from headwater.workspace import suppressions
from headwater.workspace.sieve import Sieve

READ_AT_ONCE = 5_000
# Numbers are given before their transactions end: so far back, a lower one may still turn up.
LATE = 2 * suppressions.MAX_IDS

NONE: frozenset[str] = frozenset()


class Suppressed(Protocol):
    """Who may not be processed."""

    @property
    def is_nobody(self) -> bool:
        """Tell whether the list is empty: then there is nothing to ask."""

    async def among(self, user_ids: Iterable[str | None]) -> frozenset[str]:
        """Return those of `user_ids` that may not be processed. Raises DatabaseError."""


class Nobody:
    """The list of those who have none."""

    is_nobody = True

    async def among(self, user_ids: Iterable[str | None]) -> frozenset[str]:  # noqa: ARG002  whoever they are
        return NONE


NOBODY = Nobody()


class SuppressedUsers:
    """The list of a database. `reload` it at the start and after each change: then a change is in force."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sieve = Sieve()
        self._last = 0
        self._turn = asyncio.Lock()

    @property
    def is_nobody(self) -> bool:
        return self._sieve.is_empty

    async def among(self, user_ids: Iterable[str | None]) -> frozenset[str]:
        """Return those of `user_ids` that are on the list now. Raises DatabaseError."""
        if self._sieve.is_empty:
            return NONE
        possible = {one for one in user_ids if one and self._sieve.may_have(one)}
        if not possible:
            return NONE
        return await self._database.read(lambda connection: suppressions.among(connection, possible))

    async def reload(self) -> None:
        """Read what has come to the list since the last time. Whoever left it costs a look-up, and no more."""
        async with self._turn:
            if not await self._database.read(_has_any):
                self._sieve, self._last = Sieve(), 0
                return
            after = max(self._last - LATE, 0)
            while found := await self._next(after):
                for _, user_id in found:
                    self._sieve.add(user_id)
                after = found[-1][0]
            self._last = max(self._last, after)

    async def _next(self, after: int) -> list[tuple[int, str]]:
        return await self._database.read(
            lambda connection: suppressions.numbered(connection, after=after, limit=READ_AT_ONCE)
        )


def _has_any(connection: Connection) -> bool:
    return bool(suppressions.newest(connection, limit=1))
