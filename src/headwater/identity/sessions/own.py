"""A person's other sessions, as the person sees and ends them. SQL and rules; HTTP is elsewhere."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import COLUMNS, Session
from headwater.identity.sessions.whoami import SignedIn
from headwater.store.database import Database
from headwater.store.tables import sessions as table


class CurrentSessionError(BadRequestError):
    """The current session can't be revoked here; use the logout flow instead."""


class BadSessionIdError(BadRequestError):
    """A session's id is a UUID, and this is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """Part of a person's other sessions, newest first, and how many there are in all."""

    found: list[Session]
    total: int


class OwnSessions:
    """What people may do to their sessions from one of them."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def others(self, me: SignedIn, *, offset: int, limit: int, config: IdentityConfig) -> Others:
        """Return the sessions that still count, but for the one that asks."""
        chosen = self._others(me, config)
        newest = sessions.ISSUED.desc(), table.c.id

        def query(connection: Connection) -> Others:
            total = connection.execute(select(func.count()).select_from(table).where(*chosen)).scalar_one()
            rows = connection.execute(select(*COLUMNS).where(*chosen).order_by(*newest).offset(offset).limit(limit))
            return Others(found=[sessions.session_of(row) for row in rows], total=total)

        return await self._database.read(query)

    async def revoke_others(self, me: SignedIn) -> int:
        """End every session but the one that asks, and return how many that were."""
        return await self._database.write(
            lambda connection: sessions.revoke_others(connection, me.account.id, me.session.id)
        )

    async def revoke(self, session_id: str, me: SignedIn, *, config: IdentityConfig) -> None:
        """End another session of the same person; anybody else's, or none, is left alone without a word.

        Raises CurrentSessionError or BadSessionIdError.
        """
        if not ids.is_uuid(session_id):
            raise BadSessionIdError
        if session_id.lower() == me.session.id:
            raise CurrentSessionError
        await self._database.write(
            lambda connection: sessions.revoke(
                connection, session_id.lower(), project_id=config.project_id, identity_id=me.account.id
            )
        )

    def _others(self, me: SignedIn, config: IdentityConfig) -> tuple[ColumnElement[bool], ...]:
        return (
            table.c.identity_id == me.account.id,
            sessions.is_of_project(config.project_id),
            table.c.id != me.session.id,
            table.c.active.is_(True),
            table.c.expires_at_ms > epoch_ms(self._clock.now()),
        )
