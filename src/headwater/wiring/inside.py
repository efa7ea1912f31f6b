"""A GET to our own application, from inside: as an administrator, with no connection."""

from typing import Any
from urllib.parse import urlsplit

from headwater.web.access import Principal, admitted
from headwater.web.lifespan import ASGIApp

ADMINISTRATOR = Principal(key_id="emulator", role="admin")


async def get(app: ASGIApp, path: str, *, host: str) -> tuple[int, bytes]:
    """Return the status and the body of what `app` answers."""
    parts, status, body = urlsplit(path), 0, b""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(b"host", host.encode()), (b"accept", b"application/json")],
        "client": None,
        "server": None,
        "extensions": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    await app(admitted(scope, ADMINISTRATOR), receive, send)
    return status, body
