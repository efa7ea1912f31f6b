"""CORS around the application, for the public identity API and nothing else: every answer of it, errors included.

It stands outside the routes, so that a 404 or a 422 can be read by the page that caused it, too.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from headwater.core.errors import HeadwaterError
from headwater.web import cors_rules
from headwater.web.cors_rules import CorsPolicy, Pairs
from headwater.web.lifespan import ASGIApp

logger = structlog.get_logger(__name__)

# Ory's public API by first segment. Operator routes and pages are never for another origin's page.
PUBLIC = frozenset({"self-service", "sessions", "schemas", ".well-known", "health"})
NO_CONTENT = 204
ASKED_METHOD, ASKED_HEADERS = b"access-control-request-method", b"access-control-request-headers"

Lines = list[tuple[bytes, bytes]]
Policy = Callable[[], Awaitable[CorsPolicy]]


class Cors:
    """An ASGI application in front of the whole one. `policy` is asked at each call: a change counts at once."""

    def __init__(self, app: ASGIApp, *, policy: Policy, is_for_developers: bool) -> None:
        self._app = app
        self._policy = policy
        self._is_for_developers = is_for_developers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].strip("/").partition("/")[0] not in PUBLIC:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = _text(headers.get(b"origin"))
        policy = await self._current() if origin else None
        if policy is not None and scope["method"] == "OPTIONS" and ASKED_METHOD in headers:
            await self._answer_preflight(origin, policy, _text(headers.get(ASKED_HEADERS)), send)
            return
        lines = NOBODYS
        if policy is not None:
            lines = _encoded(cors_rules.headers_for(origin, policy, is_for_developers=self._is_for_developers))
        await self._app(scope, receive, _dressing(send, lines))

    async def _current(self) -> CorsPolicy | None:
        try:
            return await self._policy()
        except HeadwaterError as error:
            # The route behind meets the same error and tells it; without headers no page reads it.
            logger.warning("cors_policy_unknown", reason=error.message)
            return None

    async def _answer_preflight(self, origin: str | None, policy: CorsPolicy, asked: str | None, send: Any) -> None:
        pairs = cors_rules.preflight(origin, policy, asked_headers=asked, is_for_developers=self._is_for_developers)
        await send({"type": "http.response.start", "status": NO_CONTENT, "headers": _encoded(pairs)})
        await send({"type": "http.response.body", "body": b""})


def _dressing(send: Any, lines: Lines) -> Any:
    # No `async` here: what `send` returns is awaited by whoever calls, with one coroutine less for each message.
    def dressed(message: Any) -> Any:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *lines]}
        return send(message)

    return dressed


def _encoded(pairs: Pairs) -> Lines:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


NOBODYS = _encoded((cors_rules.VARY,))
