"""What operators do with sessions: look, end, extend."""

import msgspec
from sqlalchemy import Connection

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError
from headwater.identity.admin import paging
from headwater.identity.admin.errors import SessionNotFoundError
from headwater.identity.admin.shield import Still
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import MS, Session
from headwater.store.database import Database


class BadSessionIdError(BadRequestError):
    """Session and identity ids are UUIDs."""


class Kept(msgspec.Struct, frozen=True):
    """A session and, if it was asked for, whose it is."""

    session: Session
    account: Account | None = None


class SessionBook:
    """The sessions of a project, for operators."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def now_ms(self) -> int:
        return epoch_ms(self._clock.now())

    async def page(
        self, *, project_id: str, active: bool | None, after: tuple[int, str] | None, size: int, with_people: bool
    ) -> tuple[list[Kept], str | None]:
        """Return sessions, newest first, and the token of the page that follows."""

        def query(connection: Connection) -> list[Kept]:
            found = sessions.page(
                connection, project_id=project_id, active=active, now_ms=self.now_ms, after=after, limit=size + 1
            )
            return _kept(connection, found, project_id=project_id, with_people=with_people)

        found = await self._database.read(query)
        last = found[size - 1].session if len(found) > size else None
        return found[:size], None if last is None else paging.session_token(last.issued_at_ms, last.id)

    async def of_identity(
        self, identity_id: str, *, project_id: str, active: bool | None, page: paging.CountedPage
    ) -> tuple[list[Kept], int]:
        """Return part of a person's sessions, newest first, and how many they have. Raises BadSessionIdError."""
        owner = _uuid(identity_id)

        def query(connection: Connection) -> tuple[list[Kept], int]:
            now_ms = self.now_ms
            found = sessions.of_identity(
                connection,
                owner,
                project_id=project_id,
                active=active,
                now_ms=now_ms,
                offset=page.offset,
                limit=page.size,
            )
            total = sessions.count_of_identity(connection, owner, project_id=project_id, active=active, now_ms=now_ms)
            return _kept(connection, found, project_id=project_id, with_people=True), total

        return await self._database.read(query)

    async def get(self, session_id: str, *, project_id: str, with_people: bool) -> Kept:
        """Return a session, ended or not. Raises SessionNotFoundError, BadSessionIdError."""
        wanted = _uuid(session_id)

        def query(connection: Connection) -> Kept:
            found = _found(connection, wanted, project_id=project_id)
            return _kept(connection, [found], project_id=project_id, with_people=with_people)[0]

        return await self._database.read(query)

    async def disable(self, session_id: str, *, project_id: str) -> None:
        """End a session; it stays to be seen. Raises SessionNotFoundError, BadSessionIdError."""
        wanted = _uuid(session_id)

        def transaction(connection: Connection) -> bool:
            return sessions.revoke(connection, wanted, project_id=project_id)

        if not await self._database.write(transaction):
            raise SessionNotFoundError

    async def delete_of_identity(self, identity_id: str, *, project_id: str) -> None:
        """Forget every session of a person. Raises SessionNotFoundError if there is none, BadSessionIdError."""
        owner = _uuid(identity_id)

        def transaction(connection: Connection) -> int:
            known = accounts.find_or_none(connection, owner, project_id=project_id)
            return 0 if known is None else sessions.delete_all_of(connection, owner)

        if not await self._database.write(transaction):
            raise SessionNotFoundError("Unable to locate the resource: this identity has no sessions.")

    async def extend(self, session_id: str, *, config: IdentityConfig, still: Still) -> Kept:
        """Let a session run for a whole lifespan from now, if it may be extended already.

        One that ended stays ended: whoever holds its token must not come back. Raises as `get`.
        """
        wanted = _uuid(session_id)

        def transaction(connection: Connection) -> Kept:
            found, now_ms = _found(connection, wanted, project_id=config.project_id), self.now_ms
            still(connection, found.identity_id)
            if sessions.is_active(found, now_ms=now_ms) and _may_extend(found, config=config, now_ms=now_ms):
                expires_at_ms = now_ms + int(config.session.seconds * MS)
                found = sessions.extend(connection, found, expires_at_ms=expires_at_ms)
            return _kept(connection, [found], project_id=config.project_id, with_people=True)[0]

        return await self._database.write(transaction)


def _may_extend(session: Session, *, config: IdentityConfig, now_ms: int) -> bool:
    within = config.session.extendable_within_seconds
    return within is None or session.expires_at_ms - now_ms < within * MS


def _found(connection: Connection, session_id: str, *, project_id: str) -> Session:
    found = sessions.find_by_id(connection, session_id, project_id=project_id)
    if found is None:
        raise SessionNotFoundError
    return found


def _kept(connection: Connection, found: list[Session], *, project_id: str, with_people: bool) -> list[Kept]:
    if not with_people:
        return [Kept(session) for session in found]
    owners = {session.identity_id for session in found}
    people = {account.id: account for account in accounts.find(connection, list(owners), project_id=project_id)}
    return [Kept(session, people.get(session.identity_id)) for session in found]


def _uuid(text: str) -> str:
    if not ids.is_uuid(text):
        raise BadSessionIdError(f"{text!r} is no UUID.")
    return text.lower()
