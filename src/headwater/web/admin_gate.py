"""The keyless door of `--admin-listen`: Kratos's admin API as stock Kratos clients expect it, and nothing else.

Whoever reaches it is an administrator of people, so it opens on loopback or a Unix socket only. A web page can
make a browser call loopback too: such calls are told by their Origin, or by a Host that isn't ours (DNS rebinding).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from headwater.web import access, refusals
from headwater.web.access import IDENTITY_PERMISSIONS, Principal
from headwater.web.bridge import PATH_CHARACTERS
from headwater.web.call import Call, Reply
from headwater.web.clients import HostRule
from headwater.web.front import Front, Limits
from headwater.web.lifespan import ASGIApp

FORBIDDEN, NOT_FOUND = 403, 404
MEBIBYTE = 1024 * 1024
LIMITS = Limits(max_app_bytes_at_once=64 * MEBIBYTE)

PREFIX = "/admin"
# What Kratos's admin port serves: here below /admin, or above it as on our public port.
BELOW = frozenset({"identities", "sessions", "recovery", "courier"})
ABOVE = frozenset({"schemas"})
ALONE = frozenset({"/health/alive", "/health/ready", "/version", "/metrics/prometheus"})
UNFIT_SEGMENTS = frozenset({".", ".."})

KEYLESS = Principal(
    key_id="admin-listen", role="admin", name="--admin-listen", only=IDENTITY_PERMISSIONS | {"metrics.read"}
)


def front(app: ASGIApp, *, app_state: Mapping[str, Any], is_socket: bool) -> Front:
    """Return a front that takes nothing but what Kratos's admin port takes. No browser can reach a socket."""
    return Front(
        track=_never_called,
        is_tracking=lambda _path, _method: False,
        oversize=_refusal_of_nothing,
        too_slow=_refusal_of_nothing,
        app=AdminGate(app),
        host_rule=HostRule(is_open=True) if is_socket else HostRule(is_loopback_only=True),
        app_state=app_state,
        limits=LIMITS,
    )


class AdminGate:
    """An ASGI application in front of the whole one. What it lets through, it lets through as an administrator."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        path = inner_path(scope["path"])
        if _is_from_page(scope["headers"]):
            await refusals.answer(send, _from_page())
        elif path is None:
            await refusals.answer(send, _not_here())
        else:
            inner = {**scope, "path": path, "raw_path": quote(path, safe=PATH_CHARACTERS).encode()}
            await self._app(access.admitted(inner, KEYLESS), receive, send)


def inner_path(path: str) -> str | None:
    """Return where the application serves `path`, or None. Like Kratos's, `/admin` in front may be left out."""
    rest = path.removeprefix(PREFIX) if path == PREFIX or path.startswith(f"{PREFIX}/") else path
    segments = rest.removesuffix("/").split("/")[1:]
    if not segments or not UNFIT_SEGMENTS.isdisjoint(segments):
        return None  # what climbs could mean another route to whoever resolves it
    if "" in segments and segments[0] not in ABOVE:
        return None  # a schema's id may hold slashes (`preset://email`), nothing else may
    if rest in ALONE or segments[0] in ABOVE:
        return rest
    return f"{PREFIX}{rest}" if segments[0] in BELOW else None


def _is_from_page(headers: list[tuple[bytes, bytes]]) -> bool:
    """Tell whether a web page made the browser ask. A person who types the address sends `Sec-Fetch-Site: none`."""
    return any(name == b"origin" or (name == b"sec-fetch-site" and value != b"none") for name, value in headers)


def _from_page() -> Reply:
    message = "The admin API answers no web pages. Call it from a program, or with a key on the public port."
    return refusals.reply(FORBIDDEN, code="forbidden", message=message)


def _not_here() -> Reply:
    message = "Only Ory's admin API is served here; everything else is on the public port."
    return refusals.reply(NOT_FOUND, code="not_found", message=message)


async def _never_called(call: Call) -> Reply:
    return _refusal_of_nothing(call)


def _refusal_of_nothing(_call: Call) -> Reply:
    # No call is a tracking call here, so nothing of one can be refused.
    return _not_here()
