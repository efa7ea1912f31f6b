"""What the emulator asks of our own application, as an administrator."""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater.web import inside
from headwater.web.access import Principal
from headwater.web.inside import Answer
from headwater.web.lifespan import ASGIApp

OK = 200
NEXT = re.compile(r'<(?P<url>[^>]*)>; *rel="next"')
ADMINISTRATOR = Principal(key_id="emulator", role="admin", name="the emulator")


async def ask(app: ASGIApp, method: str, path: str, *, host: str, body: Any = None) -> tuple[int, bytes]:
    """Return the status and the body of what `app` answers; `body` is sent as JSON, unless it is None."""
    answer = await _asked(app, method, path, host=host, body=body)
    return answer.status, answer.body


async def every(app: ASGIApp, path: str, *, host: str) -> tuple[int, bytes]:
    """Return the status and the JSON list of what `app` lists at `path`, all its pages as one."""
    found: list[msgspec.Raw] = []
    following: str | None = path
    while following is not None:
        answer = await _asked(app, "GET", following, host=host)
        if answer.status != OK:
            return answer.status, answer.body
        found += msgspec.json.decode(answer.body, type=list[msgspec.Raw])
        further = NEXT.search(answer.headers.get("link", ""))
        following = further["url"] if further else None
    return OK, msgspec.json.encode(found)


async def _asked(app: ASGIApp, method: str, path: str, *, host: str, body: Any = None) -> Answer:
    parts, sent = urlsplit(path), b"" if body is None else msgspec.json.encode(body)
    return await inside.ask(app, method, parts.path, query=parts.query, host=host, principal=ADMINISTRATOR, sent=sent)
