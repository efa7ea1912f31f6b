"""A request to our own application, from inside: as an administrator, with no connection."""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater.web.access import Principal, admitted
from headwater.web.lifespan import ASGIApp

OK = 200
NEXT = re.compile(r'<(?P<url>[^>]*)>; *rel="next"')
ADMINISTRATOR = Principal(key_id="emulator", role="admin", name="the emulator")


async def ask(app: ASGIApp, method: str, path: str, *, host: str, body: Any = None) -> tuple[int, bytes]:
    """Return the status and the body of what `app` answers; `body` is sent as JSON, unless it is None."""
    status, _, received = await _asked(app, method, path, host=host, body=body)
    return status, received


async def every(app: ASGIApp, path: str, *, host: str) -> tuple[int, bytes]:
    """Return the status and the JSON list of what `app` lists at `path`, all its pages as one."""
    found: list[msgspec.Raw] = []
    following: str | None = path
    while following is not None:
        status, links, received = await _asked(app, "GET", following, host=host)
        if status != OK:
            return status, received
        found += msgspec.json.decode(received, type=list[msgspec.Raw])
        further = NEXT.search(links)
        following = further["url"] if further else None
    return OK, msgspec.json.encode(found)


async def _asked(app: ASGIApp, method: str, path: str, *, host: str, body: Any = None) -> tuple[int, str, bytes]:
    """Return the status, the header `link`, and the body."""
    parts, sent = urlsplit(path), b"" if body is None else msgspec.json.encode(body)
    status, links, received = 0, "", b""
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
        nonlocal status, links, received
        status = message.get("status", status)
        links += dict(message.get("headers", ())).get(b"link", b"").decode()
        received += message.get("body", b"")

    await app(admitted(scope, ADMINISTRATOR), receive, send)
    return status, links, received
