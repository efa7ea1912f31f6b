"""A request to our own application, from inside: as an administrator, with no connection."""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater.web.access import Principal, admitted
from headwater.web.lifespan import ASGIApp

ADMINISTRATOR = Principal(key_id="emulator", role="admin")


async def ask(app: ASGIApp, method: str, path: str, *, host: str, body: Any = None) -> tuple[int, bytes]:
    """Return the status and the body of what `app` answers; `body` is sent as JSON, unless it is None."""
    parts, sent = urlsplit(path), b"" if body is None else msgspec.json.encode(body)
    status, received = 0, b""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [
            (b"host", host.encode()),
            (b"accept", b"application/json"),
            *([(b"content-type", b"application/json"), (b"content-length", b"%d" % len(sent))] if sent else []),
        ],
        "client": None,
        "server": None,
        "extensions": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, received
        status = message.get("status", status)
        received += message.get("body", b"")

    await app(admitted(scope, ADMINISTRATOR), receive, send)
    return status, received
