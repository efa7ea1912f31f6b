"""Who comes in: a key becomes a session, its cookie an operator; and no form of another site's does anything."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie
from sqlalchemy import Connection

from headwater.console.visit import Operator
from headwater.core.clock import Clock
from headwater.core.errors import ForbiddenError, NotAuthenticatedError
from headwater.core.secrets import fingerprint, is_same
from headwater.store.database import Database
from headwater.web import access
from headwater.web.access import Authenticate, Principal
from headwater.workspace import operator_sessions

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


class ForeignFormError(ForbiddenError):
    """This form came from another page than ours, or the page is older than your sign-in. Reload it, and try again."""

    code = "console_foreign_form"


class Doorway:
    """`by_token` finds whom a key belongs to, `by_id` whom it belongs to by the key's id; `is_https`: cookies say so.

    `by_id` raises NotAuthenticatedError for a key that has expired or was revoked.
    """

    def __init__(
        self, *, database: Database, clock: Clock, by_token: Authenticate, by_id: Find, is_https: bool
    ) -> None:
        self._database = database
        self._clock = clock
        self._by_token = by_token
        self._by_id = by_id
        self._is_https = is_https

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
        """End the session of a request; return what makes the browser forget it."""
        token = request.cookies.get(COOKIE, "")
        await self._database.write(lambda connection: operator_sessions.end(connection, token))
        return self._cookie("", max_age=0)

    async def operator(self, request: Incoming) -> Operator | None:
        """Return who is signed in, None for nobody (any more). Raises ForbiddenError from afar."""
        access.require_near(request)
        token = request.cookies.get(COOKIE, "")
        if not token:
            return None

        def found(connection: Connection) -> operator_sessions.OperatorSession | None:
            return operator_sessions.by_token(connection, token, clock=self._clock)

        session = await self._database.read(found)
        if session is None:
            return None
        try:
            principal = await self._by_id(session.key_id)
        except NotAuthenticatedError:
            return None
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
