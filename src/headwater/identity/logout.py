"""Signing out: by a link that only the session's own page can know, or by the token itself for native apps.

The link's token is derived from the session with the installation's key: it is stored nowhere, fits one session,
and another site's page that sends the browser to the logout address doesn't know it.
"""

import hashlib
import hmac
from typing import Any

import msgspec
from litestar import Request, Response, Router, delete, get
from sqlalchemy import Connection

from headwater.core import secrets
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, ForbiddenError
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import anonymous, answers, csrf, return_to
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.errors import FlowError
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.routes import Doors, from_flow
from headwater.identity.sessions import cookies, ended, sessions
from headwater.identity.sessions.whoami import Whoami
from headwater.log import outbox
from headwater.store.database import Database

TOKEN_PREFIX = "ory_lo_"  # noqa: S105  a prefix, no secret
NO_CONTENT = 204
MAX_BODY_BYTES = 16 * 1024


class LogoutTokenMissingError(BadRequestError):
    """Please include a token in the URL query."""


class WrongLogoutTokenError(ForbiddenError):
    """Unable to log out because the logout token in the URL query does not match the session cookie."""


class UnknownSessionTokenError(ForbiddenError):
    """The provided Ory Session Token could not be found, is invalid, or otherwise malformed."""


class NativeLogout(msgspec.Struct, frozen=True):
    """What native apps send."""

    session_token: str = ""

    def __repr__(self) -> str:
        return "NativeLogout(***)"


class Logout:
    """Ends sessions."""

    def __init__(self, *, database: Database, whoami: Whoami, clock: Clock, key: bytes, public_url: str) -> None:
        self._database = database
        self._whoami = whoami
        self._clock = clock
        self._key = hmac.new(key, b"logout tokens", hashlib.sha256).digest()
        self._public_url = public_url

    async def begin(self, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Return the link that ends the session. Raises NoSessionError or ReturnToForbiddenError."""
        mine = await self._whoami.get(inbound, config=config)
        wanted = self._checked_return_to(inbound, config)
        token = self._token(mine.session.id)
        url = answers.with_query(f"{self._public_url}/self-service/logout", return_to=wanted, token=token)
        return Answer(body={"logout_url": url, "logout_token": token}, location=url, is_for_apps=True)

    async def perform(self, inbound: Inbound, config: IdentityConfig) -> Answer:
        """End the session that the token in the query was made for, which must be the one that asks.

        Raises LogoutTokenMissingError, NoSessionError, WrongLogoutTokenError or ReturnToForbiddenError: nothing ended.
        """
        sent = inbound.query.get("token", "")
        if not sent:
            raise LogoutTokenMissingError
        mine = await self._whoami.get(inbound, config=config)
        if not secrets.is_same(sent, self._token(mine.session.id)):
            raise WrongLogoutTokenError
        location = self._checked_return_to(inbound, config) or config.flows.logout_return_url
        session_id, identity_id = mine.session.id, mine.account.id

        def transaction(connection: Connection) -> None:
            sessions.revoke(connection, session_id, project_id=config.project_id)
            self._tell(connection, identity_id, flows.BROWSER, inbound=inbound, config=config)

        await self._database.write(transaction)
        cleared = cookies.without_session(config, public_url=self._public_url)
        fresh = cookies.for_csrf(csrf.new_cookie(), config, public_url=self._public_url)
        return Answer(body=None, status=NO_CONTENT, location=location, cookies=(cleared, fresh))

    async def perform_native(self, inbound: Inbound, config: IdentityConfig) -> Answer:
        """End the session of the token in the body; again is no error. Raises UnknownSessionTokenError."""
        token = _native_token(inbound.body)
        now_ms = epoch_ms(self._clock.now())

        def transaction(connection: Connection) -> bool:
            found = ended.end_by_token(connection, token, project_id=config.project_id)
            if found is not None and sessions.is_active(found, now_ms=now_ms):
                self._tell(connection, found.identity_id, flows.API, inbound=inbound, config=config)
            return found is not None

        if not await self._database.write(transaction):
            raise UnknownSessionTokenError
        return Answer(body=None, status=NO_CONTENT, location="", is_for_apps=True)

    def _tell(
        self, connection: Connection, identity_id: str, flow_type: str, *, inbound: Inbound, config: IdentityConfig
    ) -> None:
        event = lifecycle.signed_out(
            identity_id,
            project_id=config.project_id,
            flow_type=flow_type,
            now_ms=epoch_ms(self._clock.now()),
            anonymous_id=anonymous.id_or_none(inbound, None),
        )
        outbox.enqueue(connection, [event])

    def _checked_return_to(self, inbound: Inbound, config: IdentityConfig) -> str | None:
        wanted = inbound.query.get("return_to")
        return return_to.checked(wanted, public_url=self._public_url, allowed=config.allowed_return_urls)

    def _token(self, session_id: str) -> str:
        return TOKEN_PREFIX + hmac.new(self._key, session_id.encode(), hashlib.sha256).hexdigest()


def routes(*, doors: Doors, logout: Logout) -> Router:
    """Return the routes."""

    @get("/browser", name="create_browser_logout_flow")
    async def create_browser_logout_flow(request: Request[Any, Any, Any]) -> Response[Any]:
        return await doors.through(request, logout.begin)

    @get("/", name="update_logout_flow")
    async def update_logout_flow(request: Request[Any, Any, Any]) -> Response[Any]:
        return await doors.through(request, logout.perform)

    @delete("/api", status_code=200, request_max_body_size=MAX_BODY_BYTES, name="perform_native_logout")
    async def perform_native_logout(request: Request[Any, Any, Any]) -> Response[Any]:
        return await doors.through(request, logout.perform_native, is_for_apps=True)

    handlers = [create_browser_logout_flow, update_logout_flow, perform_native_logout]
    return Router("/self-service/logout", route_handlers=handlers, exception_handlers={FlowError: from_flow})


def _native_token(body: bytes) -> Secret:
    try:
        return Secret(msgspec.json.decode(body, type=NativeLogout).session_token)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequestError('The body must be a JSON object such as {"session_token": "ory_st_…"}.') from None
