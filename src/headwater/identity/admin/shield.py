"""Operators among a project's people: whoever may not name them may not change them either, nor read their mail.

Else a lower role would be a way up: set a password, issue a recovery link, read a code, and come in as them.
"""

from collections.abc import Callable, Collection
from typing import Any

from litestar import Request
from sqlalchemy import Connection

from headwater.identity.admin import operator_people
from headwater.identity.courier import mailbox
from headwater.identity.courier.mailbox import Withheld
from headwater.identity.sessions import sessions
from headwater.store.database import Database
from headwater.web import access
from headwater.workspace import operators
from headwater.workspace.operators import OperatorIdentityError

Incoming = Request[Any, Any, Any]

NAMING = "operators.write"
NOBODY: frozenset[str] = frozenset()

# Raises OperatorIdentityError in the transaction that changes somebody, where they were named a moment ago.
Still = Callable[[Connection, str], None]


class Shield:
    """One per installation. Each method is for whoever has passed the guard of a route."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def require(self, request: Incoming, identity_id: str) -> None:
        """Raise OperatorIdentityError where whoever asks may not change this person."""
        if await self.shielded(request, [identity_id.lower()]):
            raise OperatorIdentityError

    def still(self, request: Incoming) -> Still:
        """Return what looks again in the transaction: while a password is hashed, say, somebody may be named."""
        may_change_all = access.may(request, NAMING)

        def require(connection: Connection, identity_id: str) -> None:
            if not may_change_all and operators.among(connection, [identity_id]):
                raise OperatorIdentityError

        return require

    async def require_for_session(self, request: Incoming, session_id: str, *, project_id: str) -> None:
        """Raise OperatorIdentityError where whoever asks may not change whose session it is."""
        if access.may(request, NAMING):
            return

        def owner(connection: Connection) -> str | None:
            found = sessions.find_by_id(connection, session_id.lower(), project_id=project_id)
            return None if found is None else found.identity_id

        if identity_id := await self._database.read(owner):
            await self.require(request, identity_id)

    async def shielded(self, request: Incoming, identity_ids: Collection[str]) -> frozenset[str]:
        """Return which of these people whoever asks may not change, nor see how they sign in."""
        if access.may(request, NAMING):
            return NOBODY
        return await self._database.read(lambda connection: operators.among(connection, identity_ids))

    def mail(self, request: Incoming) -> Withheld:
        """Return what says to which addresses the mail isn't for whoever asks, in the transaction that reads it."""
        return mailbox.from_nobody if access.may(request, NAMING) else operator_people.addresses
