"""An answer in JSON, or with nothing to read, that goes through the web framework as it stands.

The framework's own looks for encoders, defaults and media types in five layers, and takes longer over one answer than
the flow that gave it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

NOTHING = b""


class Ready(Response[Any]):
    """`content` is what JSON knows, or `NOTHING`; the status is one that has a body."""

    def __init__(
        self,
        content: Any,
        *,
        status_code: int,
        headers: Mapping[str, str],
        cookies: Sequence[Cookie] = (),
    ) -> None:
        # Not the framework's: it asks for four abstract kinds of what it is given, a third of an answer's time.
        self.content = content
        self.status_code = self._status = status_code
        self.headers = dict(headers)
        self.cookies = list(cookies)

    def to_asgi_response(
        self,
        app: Any,  # noqa: ARG002  the framework's signature
        request: Request[Any, Any, Any],  # noqa: ARG002
        **_layers: Any,
    ) -> ASGIResponse:
        body = NOTHING if self.content is NOTHING else msgspec.json.encode(self.content)
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        headers += [cookie.to_encoded_header() for cookie in self.cookies]
        return _Ready(self._status, headers, body)


class _Ready(ASGIResponse):
    def __init__(self, status: int, lines: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status_code = status
        self.body = body
        self._lines = lines

    def encode_headers(self) -> list[tuple[bytes, bytes]]:
        return self._lines

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self._lines})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
