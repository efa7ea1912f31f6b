"""From RSGI to ASGI: one request on its way through the web framework, streams and disconnects included."""

import asyncio
import functools
import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote

from headwater.core.errors import HeadwaterError
from headwater.web import refusals
from headwater.web.call import Reply
from headwater.web.intake import Intake
from headwater.web.reception import Arrival
from headwater.web.rsgi import HTTPProtocol, ProtocolClosed, Scope

Message = MutableMapping[str, Any]
ASGI = {"version": "3.0", "spec_version": "2.3"}
DISCONNECT: Message = {"type": "http.disconnect"}
# What may stand unescaped in a path (RFC 3986); the server hands us the decoded form only.
PATH_CHARACTERS = "/!$&'()*+,;=:@~"
REMEMBERED_ADDRESSES = 64
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]*")


def asgi_scope(scope: Scope, arrival: Arrival, *, state: dict[str, Any]) -> dict[str, Any]:
    """Return the ASGI scope of a request."""
    server_host, server_port = _host_and_port(scope.server)
    return {
        "type": "http",
        "asgi": ASGI,
        "http_version": scope.http_version if "." in scope.http_version else f"{scope.http_version}.0",
        "method": scope.method,
        "scheme": arrival.scheme,
        "path": scope.path,
        "raw_path": raw_path(scope.path),
        "query_string": scope.query_string.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in arrival.pairs],
        "client": (arrival.client_ip, arrival.client_port),
        "server": (server_host, server_port),
        "state": state,
    }


def raw_path(path: str) -> bytes:
    """Return the path as it stood in the request, or as it might have. Most need no escaping at all."""
    return (path if PLAIN_PATH.fullmatch(path) else quote(path, safe=PATH_CHARACTERS)).encode()


class Exchange:
    """The two ends that the framework is given: `receive` and `send`.

    `refused` is set when the body broke a limit before the framework answered; the front then answers instead.
    """

    def __init__(self, proto: HTTPProtocol, intake: Intake, *, ended: asyncio.Event) -> None:
        self.refused: Reply | None = None
        self._proto = proto
        self._intake = intake
        self._ended = ended
        self._is_body_read = False
        self._is_answered = False
        self._start: tuple[int, list[tuple[str, str]]] | None = None
        self._stream: Any = None

    async def receive(self) -> Message:
        """Return the next piece of the body; after it, wait for the client to go, or for us to close."""
        if not self._is_body_read:
            try:
                return await self._receive_body()
            except HeadwaterError as error:
                self._refuse(error)
        await self._until_ended()
        return DISCONNECT

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer. After a disconnect it goes nowhere, without complaint, as ASGI 2.3 says."""
        if self.refused is not None or self._is_answered:
            return
        if message["type"] == "http.response.start":
            pairs = message.get("headers", ())
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]
            self._start = (message["status"], headers)
        elif message["type"] == "http.response.body":
            await self._send_body(bytes(message.get("body", b"")), is_last=not message.get("more_body", False))

    def release(self) -> None:
        """Let go of the connection: from now on `receive` says disconnect, and `send` does nothing.

        The server closes a connection when nobody holds its body or its stream any more, and what the
        framework keeps of us (frames, tracebacks, circles) can hold them until the garbage collector comes.
        """
        self._is_body_read = self._is_answered = True
        self._ended.set()
        self._stream = None
        self._intake.release()
        del self._proto

    async def _receive_body(self) -> Message:
        if self._intake.is_small:
            # Each turn of the server's for a piece costs more than a small body's whole reading.
            self._is_body_read = True
            return {"type": "http.request", "body": await self._intake.small(), "more_body": False}
        piece = await self._intake.next_piece()
        self._is_body_read = not piece
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    def _refuse(self, error: HeadwaterError) -> None:
        self._is_body_read = True
        self._ended.set()
        if self._stream is None and not self._is_answered:
            self.refused = refusals.of(error)

    async def _send_body(self, piece: bytes, *, is_last: bool) -> None:
        if self._start is None:
            raise RuntimeError("The application sent a body before its http.response.start.")
        if self._stream is None and is_last:
            self._proto.response_bytes(*self._start, piece)
        else:
            await self._send_piece(piece)
        if is_last:
            self._is_answered = True
            self._ended.set()

    async def _send_piece(self, piece: bytes) -> None:
        if self._stream is None and self._start is not None:
            self._stream = self._proto.response_stream(*self._start)
        if not piece:
            return
        try:
            await self._stream.send_bytes(piece)
        except ProtocolClosed:
            self._is_answered = True
            self._ended.set()

    async def _until_ended(self) -> None:
        """Return when the answer is complete, the client is gone, or the front is closing."""
        if self._ended.is_set():
            return
        gone = asyncio.ensure_future(_gone(self._proto))
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({gone, ended}, return_when=asyncio.FIRST_COMPLETED)
            self._ended.set()
        finally:
            gone.cancel()
            ended.cancel()


async def _gone(proto: HTTPProtocol) -> None:
    await proto.client_disconnect()


# It is one of few: our own addresses.
@functools.lru_cache(maxsize=REMEMBERED_ADDRESSES)
def _host_and_port(text: str) -> tuple[str, int | None]:
    host, _, port = text.rpartition(":")
    return (host.strip("[]"), int(port)) if port.isdigit() else (text, None)
