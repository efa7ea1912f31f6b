"""Who is asking: from a token in a header or cookie to a session and its person."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import NotAuthenticatedError
from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import Session
from headwater.store.database import Database


class NoSessionError(NotAuthenticatedError):
    """No valid session credentials found in the request."""

    code = "session_inactive"


class SignedIn(msgspec.Struct, frozen=True):
    """A session and whose it is."""

    session: Session
    account: Account


class Whoami:
    """Looks sessions up."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find_or_none(self, inbound: Inbound, *, config: IdentityConfig) -> SignedIn | None:
        """Return who is asking, None if nobody is signed in. The first token found decides, as in Kratos."""
        token = next(_tokens(inbound, config), None)
        if token is None:
            return None
        now_ms = epoch_ms(self._clock.now())

        def query(connection: Connection) -> SignedIn | None:
            session = sessions.find_or_none(connection, token, project_id=config.project_id, now_ms=now_ms)
            if session is None:
                return None
            account = accounts.find_or_none(connection, session.identity_id, project_id=config.project_id)
            return SignedIn(session, account) if account and account.state == accounts.ACTIVE else None

        return await self._database.read(query)

    async def get(self, inbound: Inbound, *, config: IdentityConfig) -> SignedIn:
        """Return who is asking. Raises NoSessionError."""
        found = await self.find_or_none(inbound, config=config)
        if found is None:
            raise NoSessionError
        return found


def _tokens(inbound: Inbound, config: IdentityConfig) -> Iterator[Secret]:
    """Yield the tokens in the request in Ory's order: own header, cookie, bearer."""
    scheme, _, bearer = inbound.header("authorization").partition(" ")
    for text in (
        inbound.header("x-session-token"),
        inbound.cookies.get(config.cookie.name, ""),
        bearer.strip() if scheme.lower() == "bearer" else "",
    ):
        if text:
            yield Secret(text)
