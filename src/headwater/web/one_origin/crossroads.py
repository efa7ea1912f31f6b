"""Which way a request goes: to Headwater or to the app. Pure."""

import dataclasses
import re
from urllib.parse import unquote

from headwater.core.errors import BadRequestError, NotFoundError
from headwater.web import loopback

# Ory's public API and our pages. Not /admin, /api, /console, /v1: the app may have its own, and pages need no key.
FIRST_SEGMENTS = frozenset({"self-service", "sessions", "schemas", "ui", "health"})
WELL_KNOWN = "/.well-known/ory"
PREFIX = "/.ory"  # where `ory proxy` puts Ory
AUTHORITY = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")


class BadTargetError(BadRequestError):
    """That is no path of ours: it must begin with / and not climb."""

    code = "bad_target"


class NotProxiedError(NotFoundError):
    """Only Ory's public API and the pages are here; everything else of Headwater is on its own port."""

    code = "not_proxied"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`target` is the path and query as they came (still encoded), without `prefix`."""

    is_headwater: bool
    target: str
    prefix: str = ""


def way_of(target: str) -> Way:
    """Return where a request line's `target` goes. Raises BadTargetError, NotProxiedError."""
    if not target.startswith("/"):
        # An absolute address, or `host:port` of CONNECT: we fetch from our two places and nowhere else.
        raise BadTargetError
    is_prefixed = re.match(rf"{re.escape(PREFIX)}(?=[/?#]|$)", target) is not None
    inner = target.removeprefix(PREFIX) if is_prefixed else target
    path = re.split(r"[?#]", inner, maxsplit=1)[0]
    if not _is_headwaters(path):
        if is_prefixed:
            raise NotProxiedError
        return Way(is_headwater=False, target=target)
    if not {".", ".."}.isdisjoint(re.split(r"[/\\]", unquote(path))):
        raise BadTargetError  # /self-service/../admin
    return Way(is_headwater=True, target=inner, prefix=PREFIX if is_prefixed else "")


def is_local(host: str) -> bool:
    """Tell whether a Host header means this machine. Another name may be mallory's, pointed at us (DNS rebinding)."""
    match = AUTHORITY.fullmatch(host)
    return match is not None and loopback.is_loopback(match["name"].lower().strip("[]"))


def _is_headwaters(path: str) -> bool:
    return path.split("/", 2)[1:2] != [] and (
        path.split("/", 2)[1] in FIRST_SEGMENTS or path == WELL_KNOWN or path.startswith(f"{WELL_KNOWN}/")
    )
