"""Looks at what a change is about, by asking our own application as whoever makes the change."""

from typing import Any
from urllib.parse import quote

from headwater.web.access import Principal, admitted
from headwater.web.audit import withholding
from headwater.web.lifespan import ASGIApp

OK = 200
HOST = b"host"


async def look(app: ASGIApp, scope: Any, path: str, *, query: str, principal: Principal) -> bytes | None:
    """Return what a GET of `path` answers `principal`, None where there is nothing, or nothing that may be seen.

    `scope` is the request's that is being answered: it is asked at the same address.
    """
    status, received = 0, bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        received.extend(message.get("body", b""))

    inner = {
        "type": "http",
        "asgi": scope["asgi"],
        "http_version": scope["http_version"],
        "method": "GET",
        "scheme": scope["scheme"],
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [pair for pair in scope["headers"] if pair[0] == HOST],
        "client": None,
        "server": scope.get("server"),
        "extensions": {},
    }
    await app(admitted(inner, principal), receive, send)
    return withholding.from_document(bytes(received)) if status == OK and received else None
