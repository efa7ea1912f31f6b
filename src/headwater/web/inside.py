"""A request to our own application, from inside: no connection and no key, only whom it is made for."""

from typing import Any
from urllib.parse import quote

import msgspec

from headwater.web.access import Principal, admitted
from headwater.web.lifespan import ASGIApp


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, whole. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


def scope_of(
    method: str, path: str, *, query: str = "", host: str, principal: Principal, sent: bytes = b""
) -> dict[str, Any]:
    """Return the ASGI scope of a request for JSON; `sent` is JSON. Nothing that is sent could put a principal there."""
    sized = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(sent))] if sent else []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", host.encode()), (b"accept", b"application/json"), *sized],
        "client": None,
        "server": None,
        "extensions": {},
    }
    return admitted(scope, principal)


async def ask(
    app: ASGIApp, method: str, path: str, *, query: str = "", host: str, principal: Principal, sent: bytes = b""
) -> Answer:
    """Return what `app` answers."""
    status, received = 0, bytearray()
    headers: dict[str, str] = {}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        received.extend(message.get("body", b""))
        headers.update({name.decode().lower(): value.decode() for name, value in message.get("headers", ())})

    await app(scope_of(method, path, query=query, host=host, principal=principal, sent=sent), receive, send)
    return Answer(status=status, headers=headers, body=bytes(received))
