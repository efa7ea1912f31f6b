"""Who comes in: a key or an account becomes a session, its cookie an operator; no other site's form does anything."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie
from sqlalchemy import Connection

from headwater.console.accounts import Accounts, Person
from headwater.console.visit import Operator
from headwater.core.clock import Clock
from headwater.core.errors import ForbiddenError, NotAuthenticatedError, NotFoundError
from headwater.core.secrets import fingerprint, is_same
from headwater.store.database import Database
from headwater.web import access
from headwater.web.access import Authenticate, Principal
from headwater.workspace import operator_sessions
from headwater.workspace.operator_sessions import OperatorSession

COOKIE = "headwater_console"
PATH = "/console"
VIA = "console"

Incoming = Request[Any, Any, Any]
Find = Callable[[str], Awaitable[Principal | None]]


class ProjectKeyError(ForbiddenError):
    """This is a project's key, and the console is the workspace's. `headwater create key --role admin` makes one."""

    code = "console_needs_workspace_key"


class WrongKeyError(NotAuthenticatedError):
    """No key here looks like that. `headwater create key --role admin` makes one, beside the data folder."""

    code = "console_wrong_key"


class NoOperatorError(ForbiddenError):
    """This account is no operator's. An admin names one: `headwater create operator EMAIL --role viewer`."""

    code = "console_no_operator"


class NoAccountsError(NotFoundError):
    """Nobody signs in by an account at this server. Use a key."""

    code = "console_no_accounts"


class ForeignFormError(ForbiddenError):
    """This form came from another page than ours, or the page is older than your sign-in. Reload it, and try again."""

    code = "console_foreign_form"


class Doorway:
    """`by_token` finds whom a key belongs to, `by_id` whom it belongs to by the key's id; `is_https`: cookies say so.

    `by_id` raises NotAuthenticatedError for a key that has expired or was revoked. `accounts`: None where people can't
    sign in here.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        by_token: Authenticate,
        by_id: Find,
        is_https: bool,
        accounts: Accounts | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._by_token = by_token
        self._by_id = by_id
        self._is_https = is_https
        self._accounts = accounts

    async def offers_accounts(self) -> bool:
        """Tell whether anybody could come in by their account."""
        return self._accounts is not None and await self._accounts.are_offered()

    async def person(self, request: Incoming) -> Person | None:
        """Return whoever the browser is signed in as, or None. Raises ForbiddenError from afar, NoAccountsError."""
        access.require_near(request)
        if self._accounts is None:
            raise NoAccountsError
        return await self._accounts.signed_in(request)

    async def let_in(self, request: Incoming, person: Person) -> Cookie:
        """Return the cookie of a new session for somebody who has proved who they are. Raises NoOperatorError.

        What the browser had before is worth nothing then.
        """
        if person.role is None:
            raise NoOperatorError

        def begin(connection: Connection) -> str:
            operator_sessions.end(connection, request.cookies.get(COOKIE, ""))
            return operator_sessions.begin(
                connection, key_id=person.identity_id, identity_session_id=person.session_id, clock=self._clock
            )

        return self._cookie(await self._database.write(begin), max_age=int(operator_sessions.LASTS.total_seconds()))

    async def sign_in(self, key: str) -> Cookie:
        """Return the cookie of a new session. Raises NotAuthenticatedError, ProjectKeyError."""
        principal = await self._by_token(key.strip())
        if principal is None:
            raise WrongKeyError
        if principal.project_id is not None:
            raise ProjectKeyError
        if await self._by_id(principal.key_id) is None:
            raise WrongKeyError  # the server's own token, which no session may outlive
        token = await self._database.write(
            lambda connection: operator_sessions.begin(connection, key_id=principal.key_id, clock=self._clock)
        )
        return self._cookie(token, max_age=int(operator_sessions.LASTS.total_seconds()))

    async def sign_out(self, request: Incoming) -> Cookie:
        """End the session of a request; return what makes the browser forget it.

        Who came by their account is signed out of that, too: else whoever sits down next would come in by a click.
        """
        token = request.cookies.get(COOKIE, "")
        session = await self._session(token)
        await self._database.write(lambda connection: operator_sessions.end(connection, token))
        if session is not None and session.identity_session_id is not None and self._accounts is not None:
            await self._accounts.sign_out(session.key_id, session.identity_session_id)
        return self._cookie("", max_age=0)

    async def operator(self, request: Incoming) -> Operator | None:
        """Return who is signed in, None for nobody (any more). Raises ForbiddenError from afar."""
        access.require_near(request)
        token = request.cookies.get(COOKIE, "")
        if not token:
            return None
        session = await self._session(token)
        principal = None if session is None else await self._principal(session)
        if principal is None:
            return None
        return Operator(principal=principal, name=principal.name or principal.role, csrf=_csrf_of(token))

    def still_welcome(self, request: Incoming) -> Callable[[], Awaitable[bool]]:
        """Return what tells whether whoever is signed in still is, for answers that go on and on."""
        looked_at = self._clock.monotonic()

        async def is_welcome() -> bool:
            nonlocal looked_at
            if self._clock.monotonic() - looked_at < access.SECONDS_PER_LOOK:
                return True
            looked_at = self._clock.monotonic()
            return await self.operator(request) is not None

        return is_welcome

    async def _session(self, token: str) -> OperatorSession | None:
        return await self._database.glance(
            lambda connection: operator_sessions.by_token(connection, token, clock=self._clock), is_one_statement=True
        )

    async def _principal(self, session: OperatorSession) -> Principal | None:
        """Return what a session is good for at this moment, None for nothing any more."""
        if session.identity_session_id is not None:
            if self._accounts is None:
                return None
            return await self._accounts.principal(session.key_id, session.identity_session_id)
        try:
            return await self._by_id(session.key_id)
        except NotAuthenticatedError:
            return None

    def _cookie(self, value: str, *, max_age: int) -> Cookie:
        return Cookie(
            key=COOKIE, value=value, path=PATH, max_age=max_age, httponly=True, secure=self._is_https, samesite="lax"
        )


def require_own_page(request: Incoming) -> None:
    """Raise ForeignFormError for what a browser sends for another site. What says nothing of it is no browser."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    is_ours = origin is None or origin.partition("://")[2] == request.headers.get("host")
    if site != "same-origin" or not is_ours:
        raise ForeignFormError


def require_csrf(given: str, operator: Operator) -> None:
    """Raise ForeignFormError unless a form carries what only the operator's own pages know."""
    if not is_same(given, operator.csrf):
        raise ForeignFormError


def _csrf_of(token: str) -> str:
    return fingerprint(f"form of {token}")
