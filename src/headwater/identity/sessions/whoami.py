"""Who is asking: from a token in a header or cookie to a session and its person."""

import msgspec

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import NotAuthenticatedError
from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import tokens
from headwater.identity.sessions.lookup import TokenLookup
from headwater.identity.sessions.near import near_or_none
from headwater.identity.sessions.sessions import Session
from headwater.store.database import Database


class NoSessionError(NotAuthenticatedError):
    """No valid session credentials found in the request."""

    code = "session_inactive"


class SignedIn(msgspec.Struct, frozen=True):
    """A session, whose it is, and the token that says so."""

    session: Session
    account: Account
    token: Secret


class Whoami:
    """Looks sessions up. `near` is the database where it is at hand, for those who ask often."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self.near = near_or_none(database.engine)
        self._lookup = TokenLookup(database, self.near)
        self._clock = clock

    async def find_or_none(self, inbound: Inbound, *, config: IdentityConfig) -> SignedIn | None:
        """Return who is asking, None if nobody is signed in."""
        token = tokens.first_or_none(
            header=inbound.header(tokens.HEADER),
            cookies=inbound.cookies,
            cookie_name=config.session.cookie.name,
            authorization=inbound.header("authorization"),
        )
        return None if token is None else await self.find_by_token_or_none(token, config=config)

    async def get(self, inbound: Inbound, *, config: IdentityConfig) -> SignedIn:
        """Return who is asking. Raises NoSessionError."""
        found = await self.find_or_none(inbound, config=config)
        if found is None:
            raise NoSessionError
        return found

    async def find_by_token_or_none(self, token: Secret, *, config: IdentityConfig) -> SignedIn | None:
        """Return whose token this is, None unless it is an active session's of an active person."""
        found = await self._lookup.find_or_none(token, project_id=config.project_id, now_ms=self.now_ms())
        if found is None:
            return None
        session, account = found
        return SignedIn(session, account, token) if account.state == accounts.ACTIVE else None

    def now_ms(self) -> int:
        return epoch_ms(self._clock.now())
