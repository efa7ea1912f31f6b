"""Which web pages may call the tracking API (reference/segment.md 1.5).

The headers stand on every reply, refusals too: without them a page can't read why, nor when to come back. They are
made once; per request there is at most one look-up.
"""

import re
from collections.abc import Sequence

from headwater.web.call import Call, Reply

Headers = tuple[tuple[str, str], ...]

ANY = "*"
NO_CONTENT = 204
# A day; browsers cap it as they like.
MAX_AGE_SECONDS = 86_400
ALLOWED_HEADERS = "authorization, content-type, x-retry-count"
ALLOWED_METHODS = "GET, POST, OPTIONS"
# What a page asks for comes back in a header of ours: tokens only (RFC 9110 5.6.2), and not too much of it.
REQUESTED = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:[ \t]*,[ \t]*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
MAX_REQUESTED_CHARACTERS = 1024

_EXPOSED = ("access-control-expose-headers", "Retry-After, X-RateLimit-Reset")
_PREFLIGHT: Headers = (
    ("access-control-allow-methods", ALLOWED_METHODS),
    ("access-control-max-age", str(MAX_AGE_SECONDS)),
)
_ALLOW_HEADERS = "access-control-allow-headers"
_VARY = ("vary", "Origin")


class Cors:
    """Dresses replies for the page that asks. A list of origins may send cookies; `*` is everybody, without them."""

    def __init__(self, origins: Sequence[str] = (ANY,)) -> None:
        self.is_open = ANY in origins
        self._for_all: Headers = (("access-control-allow-origin", ANY), _EXPOSED)
        self._by_origin = {origin.rstrip("/").lower(): _listed(origin.rstrip("/")) for origin in origins}

    def dressed(self, reply: Reply, call: Call) -> Reply:
        """Return `reply` with the headers that its reader's browser needs."""
        return _with(reply, self._headers(call))

    def dressed_for_all(self, reply: Reply) -> Reply:
        """Return `reply` as everybody may read it; for one that is made once, when `is_open`."""
        return _with(reply, self._for_all)

    def preflight(self, call: Call) -> Reply:
        """Answer the question that a browser asks before it sends a page's call."""
        headers = self._headers(call)
        if not self.is_open and headers == (_VARY,):
            return Reply(status=NO_CONTENT, headers=headers)
        return Reply(status=NO_CONTENT, headers=(*headers, *_PREFLIGHT, (_ALLOW_HEADERS, _allowed(call))))

    def _headers(self, call: Call) -> Headers:
        if self.is_open:
            return self._for_all
        return self._by_origin.get(call.headers.get("origin", "").lower(), (_VARY,))


def _with(reply: Reply, headers: Headers) -> Reply:
    return Reply(status=reply.status, body=reply.body, headers=(*reply.headers, *headers))


def _listed(origin: str) -> Headers:
    return (
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        _VARY,
        _EXPOSED,
    )


def _allowed(call: Call) -> str:
    requested = call.headers.get("access-control-request-headers", "").strip()
    if not requested or len(requested) > MAX_REQUESTED_CHARACTERS or REQUESTED.fullmatch(requested) is None:
        return ALLOWED_HEADERS
    return f"{ALLOWED_HEADERS}, {requested}"
