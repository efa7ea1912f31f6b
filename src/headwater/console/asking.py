"""Asks our own API from inside, in an operator's name: a page shows and does what the API would, and nothing else.

There is no connection and no key: the request carries its principal, which nothing that is sent could put there.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from headwater.core.errors import HeadwaterError, NotFoundError
from headwater.web import inside, project_hosts
from headwater.web.access import Principal
from headwater.web.inside import Answer
from headwater.web.lifespan import ASGIApp

FIRST_ERROR = 400
NEXT = re.compile(r'<([^>]*)>; rel="next"')
# What may stand in a path: no name that came with an address or a form makes another route of it, or a query.
PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~%@:+-]+)+")
NO_QUERY: Mapping[str, Any] = {}
PIECES_AHEAD = 16  # of a stream whose reader is slow


class ApiRefusalError(HeadwaterError):
    """The API refused it."""

    code = "console_refused"

    def __init__(self, status: int, *, code: str, reason: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.status = status  # type: ignore[misc]  # the answer's, not the class's
        self.reason_code = code
        self.details: Mapping[str, Any] = details or {}


class Api:
    """The API, as one operator may use it. `app` returns the application once there is one; `host` is ours."""

    def __init__(self, app: Callable[[], ASGIApp], *, host: str, principal: Principal) -> None:
        self._app = app
        self._host = host
        self._principal = principal

    async def get(self, path: str, /, **query: Any) -> Any:
        """Return the JSON of an answer. Raises ApiRefusalError."""
        return await self._json("GET", path, query=query)

    async def page(self, path: str, **query: Any) -> tuple[Any, str | None]:
        """Return one page of a list of Ory's, and the token of the next, None at the end. Raises ApiRefusalError."""
        answer = await self._asked("GET", _target(path, query), b"")
        if answer.status >= FIRST_ERROR:
            raise _refusal(answer.status, answer.body)
        return msgspec.json.decode(answer.body), _next_token(answer.headers.get("link", ""))

    def of_project(self, slug: str) -> "Api":
        """Return what a project's people are asked for by: each project has a host of its own."""
        host = f"{slug}.projects.{project_hosts.without_labels(self._host)}"
        return Api(self._app, host=host, principal=self._principal)

    async def post(self, path: str, body: Any = None) -> Any:
        """Return the JSON of an answer. Raises ApiRefusalError."""
        return await self._json("POST", path, body)

    async def patch(self, path: str, body: Any) -> Any:
        """Return the JSON of an answer. Raises ApiRefusalError."""
        return await self._json("PATCH", path, body)

    async def put(self, path: str, body: Any) -> Any:
        """Return the JSON of an answer. Raises ApiRefusalError."""
        return await self._json("PUT", path, body)

    async def delete(self, path: str, /, **query: Any) -> None:
        """Delete what is there. Raises ApiRefusalError."""
        await self._json("DELETE", path, query=query)

    def stream(self, path: str, /, **query: Any) -> AsyncGenerator[bytes, None]:
        """Yield the pieces of an answer as they come; closing it ends the request. Raises ApiRefusalError."""
        return self._pieces("GET", _target(path, query), b"")

    async def beginning(self, path: str, body: Any, *, most_bytes: int) -> tuple[bytes, bool]:
        """Return what an answer to a POST begins with, and whether that is all of it. Raises ApiRefusalError."""
        read = bytearray()
        async with contextlib.aclosing(self._pieces("POST", _target(path), msgspec.json.encode(body))) as pieces:
            async for piece in pieces:
                read += piece
                if len(read) > most_bytes:
                    return bytes(read[:most_bytes]), False
        return bytes(read), True

    async def _pieces(self, method: str, path: str, sent: bytes) -> AsyncGenerator[bytes, None]:
        pieces: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES_AHEAD)
        is_over = asyncio.Event()
        status = 0

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            if body := message.get("body"):
                await pieces.put(body)
            if _is_last(message):
                is_over.set()  # as a server does: who streams waits for the other end to hang up

        async def run() -> None:
            try:
                await self._app()(self._scope(method, path, sent), _receiving(sent, is_over), send)
            finally:
                await pieces.put(None)

        running = asyncio.create_task(run())
        try:
            while (piece := await pieces.get()) is not None:
                if status >= FIRST_ERROR:
                    raise _refusal(status, piece)
                yield piece
        finally:
            is_over.set()
            running.cancel()
            _make_room(pieces)  # else what runs waits for some, to say that it has ended
            with contextlib.suppress(asyncio.CancelledError):
                await running

    async def _json(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] = NO_QUERY) -> Any:
        sent = b"" if body is None else msgspec.json.encode(body)
        answer = await self._asked(method, _target(path, query), sent)
        if answer.status >= FIRST_ERROR:
            raise _refusal(answer.status, answer.body)
        return msgspec.json.decode(answer.body) if answer.body else None

    async def _asked(self, method: str, path: str, sent: bytes) -> Answer:
        bare, _, query = path.partition("?")
        return await inside.ask(
            self._app(), method, bare, query=query, host=self._host, principal=self._principal, sent=sent
        )

    def _scope(self, method: str, path: str, sent: bytes) -> dict[str, Any]:
        bare, _, query = path.partition("?")
        return inside.scope_of(method, bare, query=query, host=self._host, principal=self._principal, sent=sent)


def _receiving(body: bytes, is_over: asyncio.Event) -> Callable[[], Any]:
    """Return a `receive` that gives a body, and after that, once it's over, that the other end has hung up."""
    is_first = True

    async def receive() -> Any:
        nonlocal is_first
        if is_first:
            is_first = False
            return {"type": "http.request", "body": body, "more_body": False}
        await is_over.wait()
        return {"type": "http.disconnect"}

    return receive


def _make_room(pieces: asyncio.Queue[bytes | None]) -> None:
    while not pieces.empty():
        pieces.get_nowait()


def _is_last(message: Mapping[str, Any]) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body", False)


def _target(path: str, query: Mapping[str, Any] = NO_QUERY) -> str:
    """Return what is asked for. Raises NotFoundError for a path with a name in it that can be nobody's."""
    if not PATH.fullmatch(path):
        raise NotFoundError("There is nothing of that name. Go back, and choose it from a list.")
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def _next_token(link: str) -> str | None:
    found = NEXT.search(link)
    return parse_qs(urlsplit(found[1]).query)["page_token"][0] if found else None


def _refusal(status: int, received: bytes) -> ApiRefusalError:
    try:
        error = msgspec.json.decode(received)["error"]
        details = error.get("details")
        return ApiRefusalError(status, code=str(error["id"]), reason=str(error["reason"]), details=details)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return ApiRefusalError(status, code="unknown", reason=received.decode(errors="replace")[:500])
