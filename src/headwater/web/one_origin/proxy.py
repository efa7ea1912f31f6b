"""The proxy: every request on one origin, answered by the app or by Headwater, streamed both ways.

It is for a developer's own machine: it answers loopback names only, and fetches from its two places only.
"""

import dataclasses
import logging
import os
from collections.abc import Sequence
from typing import Any, Self

import aiohttp
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from headwater.core.errors import HeadwaterError
from headwater.web.call import Reply
from headwater.web.one_origin import crossroads, pages, rewriting, sockets
from headwater.web.one_origin.crossroads import Way

CONNECT_SECONDS = 5.0
SHUTDOWN_SECONDS = 1.0
MOST_CONNECTIONS = 1024
LINE_BYTES = 16 * 1024
# JSON and pages of Headwater's are read whole, to change the addresses in them; they are far smaller.
MOST_BODY_BYTES = 8 * 1024 * 1024
REWRITTEN_TYPES = frozenset({"application/json", "text/html"})
OWN_HEADERS = frozenset({"host", "accept-encoding"})
NO_AUTO_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
BAD_GATEWAY, MISDIRECTED = 502, 421


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two servers behind. `base` is its origin, `hint` what to do when it doesn't answer."""

    name: str
    base: str
    hint: str


class AnswerTooLargeError(HeadwaterError):
    """Headwater's answer is too large to be passed on by the proxy. Ask on Headwater's own port."""

    code = "answer_too_large"
    status = BAD_GATEWAY


class OneOrigin:
    """Open it with `async with`; `answer` is a handler for aiohttp's low-level server."""

    def __init__(self, *, app_url: str, headwater_url: str) -> None:
        self._app = Side(name="Your app", base=rewriting.base_of(app_url), hint="Start it; this page works then.")
        self._headwater = Side(
            name="Headwater",
            base=rewriting.base_of(headwater_url),
            hint="Start it with `headwater serve`, or name another with --url.",
        )

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            # Each request its own connection: a dev server that restarts leaves dead ones behind.
            connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def server(self) -> web.ServerRunner:
        """Return what serves `answer`, bodies untouched; not listening anywhere yet."""
        server = web.Server(
            self.answer,
            access_log=None,
            logger=_logger(),
            auto_decompress=False,
            handler_cancellation=True,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
        )
        return web.ServerRunner(server, shutdown_timeout=SHUTDOWN_SECONDS)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        host = request.headers.get("host", "")
        if not crossroads.is_local(host):
            message = "The proxy answers to localhost and 127.0.0.1 only."
            return _refused(request, MISDIRECTED, code="unknown_host", title="Not this name", message=message)
        try:
            way = crossroads.way_of(request.raw_path)
            return await self._pass_on(request, way, ours=f"http://{host}")
        except HeadwaterError as error:
            return _refused(request, error.status, code=error.code, title="Not here", message=error.message)

    async def _pass_on(self, request: web.BaseRequest, way: Way, *, ours: str) -> web.StreamResponse:
        side = self._headwater if way.is_headwater else self._app
        try:
            if sockets.is_upgrade(request) and not way.is_headwater:
                headers = self._request_headers(request, side)
                return await sockets.join(request, self._session, side.base + way.target, headers=headers)
            return await self._exchange(request, way, side, ours=ours)
        except aiohttp.WSServerHandshakeError as error:
            message = f"{side.name} at {side.base} opens no WebSocket there."
            return _refused(request, error.status, code="no_websocket", title="No WebSocket", message=message)
        except (aiohttp.ClientError, TimeoutError) as error:
            title = f"{side.name} isn't answering"
            message = f"{side.name} isn't answering at {side.base} ({_reason(error)}). {side.hint}"
            return _refused(request, BAD_GATEWAY, code="not_running", title=title, message=message)

    async def _exchange(self, request: web.BaseRequest, way: Way, side: Side, *, ours: str) -> web.StreamResponse:
        target = way.target
        if way.is_headwater:
            target = rewriting.return_to(target, ours=ours, theirs=side.base)
        async with self._session.request(
            request.method,
            URL(side.base + target, encoded=True),
            headers=self._request_headers(request, side),
            data=request.content if request.body_exists else None,
            skip_auto_headers=NO_AUTO_HEADERS,
            allow_redirects=False,
        ) as answer:
            followed = [*_turned(self._headwater, ours + way.prefix), *_turned(self._app, ours)]
            response = web.StreamResponse(status=answer.status, reason=answer.reason)
            for name, value in rewriting.kept(answer.headers.items()):
                response.headers.add(name, _rewritten(name, value, origins=followed))
            if way.is_headwater and _is_rewritten(request, answer):
                content = await _whole(answer)
                return await _send(request, response, rewriting.body(content, origins=_turned(side, ours + way.prefix)))
            return await _stream(request, response, answer)

    def _request_headers(self, request: web.BaseRequest, side: Side) -> rewriting.Pairs:
        given = rewriting.without_callers_word(rewriting.kept(request.headers.items(), also_drop=OWN_HEADERS))
        host = request.headers.get("host", "")
        is_headwaters = side is self._headwater
        # An app on this machine hears the name the browser knows: its own checks of Origin against Host hold.
        keeps_host = not is_headwaters and crossroads.is_local(URL(side.base).authority)
        encoding = "identity" if is_headwaters else request.headers.get("accept-encoding", "identity")
        return [
            ("Host", host if keeps_host else URL(side.base).host_port_subcomponent or ""),
            *given,
            ("Accept-Encoding", encoding),
            ("X-Forwarded-For", request.remote or ""),
            ("X-Forwarded-Host", host),
            ("X-Forwarded-Proto", "http"),
        ]


def _logger() -> logging.Logger:
    """Return where the server behind tells of bugs. What no HTTP parser can read is no bug of ours: it got its 400."""
    logger = logging.getLogger(__name__)
    if _is_bug not in logger.filters:
        logger.addFilter(_is_bug)
    return logger


def _is_bug(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


def _turned(side: Side, ours: str) -> list[tuple[str, str]]:
    return [(theirs, ours) for theirs in rewriting.spellings(side.base)]


def _rewritten(name: str, value: str, *, origins: Sequence[tuple[str, str]]) -> str:
    if name.lower() == "set-cookie":
        return rewriting.set_cookie(value)
    return rewriting.location(value, origins=origins) if name.lower() == "location" else value


def _is_rewritten(request: web.BaseRequest, answer: aiohttp.ClientResponse) -> bool:
    is_plain = answer.headers.get("content-encoding", "identity") == "identity"
    return request.method != "HEAD" and is_plain and answer.content_type in REWRITTEN_TYPES


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > MOST_BODY_BYTES:
            raise AnswerTooLargeError
    return bytes(content)


async def _send(request: web.BaseRequest, response: web.StreamResponse, content: bytes) -> web.StreamResponse:
    response.content_length = len(content)
    await response.prepare(request)
    await response.write_eof(content)
    return response


async def _stream(
    request: web.BaseRequest, response: web.StreamResponse, answer: aiohttp.ClientResponse
) -> web.StreamResponse:
    await response.prepare(request)
    try:
        async for piece in answer.content.iter_any():
            await response.write(piece)
        await response.write_eof()
    except (aiohttp.ClientError, ConnectionResetError):
        # The status has been sent. An end in mid-body is all that can still tell the browser that this isn't all.
        if request.transport is not None:
            request.transport.abort()
    return response


def _refused(request: web.BaseRequest, status: int, **words: Any) -> web.StreamResponse:
    reply: Reply = pages.refusal(status, accept=request.headers.get("accept", ""), **words)
    return web.Response(status=reply.status, body=reply.body, headers=dict(reply.headers))


def _reason(error: Exception) -> str:
    number = getattr(getattr(error, "os_error", None), "errno", None)
    if number:
        return os.strerror(number).lower()
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it hung up without an answer"
    return "no answer in time" if isinstance(error, TimeoutError) else "no connection"
