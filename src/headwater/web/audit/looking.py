"""Looks at what a change is about, by asking our own application as whoever makes the change."""

from typing import Any

from headwater.web import inside
from headwater.web.access import Principal
from headwater.web.audit import withholding
from headwater.web.lifespan import ASGIApp

OK = 200
HOST = b"host"


async def look(app: ASGIApp, scope: Any, path: str, *, query: str, principal: Principal) -> bytes | None:
    """Return what a GET of `path` answers `principal`, None where there is nothing, or nothing that may be seen.

    `scope` is the request's that is being answered: it is asked at the same address.
    """
    host = dict(scope["headers"]).get(HOST, b"").decode("latin-1")
    answer = await inside.ask(app, "GET", path, query=query, host=host, principal=principal)
    return withholding.from_document(answer.body) if answer.status == OK and answer.body else None
