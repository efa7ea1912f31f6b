"""Which pages of other origins may read the public identity API, with the person's cookies. Pure.

An origin that isn't allowed gets no header: its page can't read the answer, and its preflight fails. What the call
itself may do is the flows' business (CSRF tokens), never this one's.
"""

import functools
import re
from typing import Protocol

from headwater.web import loopback

ANY = "*"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What Ory's clients send; a policy's own list takes its place, but never for developers' pages.
HEADERS = ("Authorization", "Content-Type", "Cookie", "X-Session-Token", "X-CSRF-Token")
VARY = ("vary", "Origin")
VARY_PREFLIGHT = ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")

REMEMBERED_PATTERNS = 1024
LONGEST_ORIGIN = 300  # a scheme, a name of 253 characters and a port
LONGEST_HEADER_LIST = 4096
ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[a-z0-9*._-]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}|\*))?"
)
HEADER_LIST = re.compile(r"[A-Za-z0-9_-]+(\s*,\s*[A-Za-z0-9_-]+)*")
DEFAULT_PORTS = {"http": "80", "https": "443"}
LABEL, LABELS, PART, PORT = "[a-z0-9_-]+", r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+", "[a-z0-9_-]*", r"(?::\d{1,5})?"

Pairs = tuple[tuple[str, str], ...]


class CorsPolicy(Protocol):
    """What a project says about it. `origins` are exact, `https://*.example.org`, or `*`."""

    @property
    def is_enabled(self) -> bool: ...
    @property
    def origins(self) -> tuple[str, ...]: ...
    @property
    def allows_credentials(self) -> bool: ...
    @property
    def allowed_headers(self) -> tuple[str, ...]: ...
    @property
    def exposed_headers(self) -> tuple[str, ...]: ...
    @property
    def max_age_seconds(self) -> int: ...


def headers_for(origin: str | None, policy: CorsPolicy, *, is_for_developers: bool) -> Pairs:
    """Return the headers of an answer to a page of `origin`. `Vary` always: a cache must keep the answers apart."""
    granted = _granted(origin, policy, is_for_developers=is_for_developers)
    if not granted:
        return (VARY,)
    exposed = ", ".join(policy.exposed_headers)
    return (VARY, *granted, *((("access-control-expose-headers", exposed),) if exposed else ()))


def preflight(
    origin: str | None, policy: CorsPolicy, *, asked_headers: str | None = None, is_for_developers: bool
) -> Pairs:
    """Return the headers of the answer (204, no body) to a browser that asks whether it may call us."""
    granted = _granted(origin, policy, is_for_developers=is_for_developers)
    if not granted:
        return (VARY_PREFLIGHT,)
    allowed = _allowed_headers(policy, asked_headers, is_developers=is_for_developers and _is_developers(origin))
    pairs = [
        VARY_PREFLIGHT,
        *granted,
        ("access-control-allow-methods", ", ".join(METHODS)),
        ("access-control-allow-headers", allowed),
    ]
    if policy.max_age_seconds:
        pairs.append(("access-control-max-age", str(policy.max_age_seconds)))
    return tuple(pairs)


def serves_developers(*, listen_is_loopback: bool, public_host: str | None) -> bool:
    """Tell whether pages on localhost may call us unasked: only while nobody else can be signed in here.

    A server on loopback behind a proxy has a public URL elsewhere: there localhost is every visitor's own machine.
    """
    return listen_is_loopback and (public_host is None or loopback.is_loopback(public_host))


def _granted(origin: str | None, policy: CorsPolicy, *, is_for_developers: bool) -> Pairs:
    """Return the headers that let a page of `origin` in; none when it stays outside."""
    if not origin or len(origin) > LONGEST_ORIGIN:
        return ()
    if is_for_developers and _is_developers(origin):
        return _named(origin, with_credentials=True)
    origins = policy.origins if policy.is_enabled else ()
    if any(_matches(pattern, origin) for pattern in origins):
        return _named(origin, with_credentials=policy.allows_credentials)
    # Everybody, so without credentials: else every site of the world could act as the person.
    return (("access-control-allow-origin", ANY),) if any(map(_is_anyone, origins)) else ()


def _named(origin: str, *, with_credentials: bool) -> Pairs:
    credentials = (("access-control-allow-credentials", "true"),) if with_credentials else ()
    return (("access-control-allow-origin", origin), *credentials)


def _is_developers(origin: str | None) -> bool:
    match = ORIGIN.fullmatch(origin or "")
    return match is not None and match["scheme"] == "http" and loopback.is_loopback(match["host"].strip("[]"))


def _matches(pattern: str, origin: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(origin) is not None


def _is_anyone(pattern: str) -> bool:
    match = ORIGIN.fullmatch(_plain(pattern))
    return pattern.strip() == ANY or (match is not None and match["host"] == ANY)


@functools.lru_cache(maxsize=REMEMBERED_PATTERNS)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return what an origin must look like, or None for `*` and for what is no origin: those name nobody."""
    match = ORIGIN.fullmatch(_plain(pattern))
    if match is None or match["host"] == ANY:
        return None
    port = match["port"]
    if port == DEFAULT_PORTS.get(match["scheme"]):
        port = None  # browsers leave it out
    end = PORT if port == ANY else f":{port}" if port else ""
    return re.compile(re.escape(f"{match['scheme']}://") + _host(match["host"]) + end)


def _host(host: str) -> str:
    """Return a host pattern as an expression: a first label `*` stands for one label or more, others for a part.

    The dots that were written stay dots, so `*.example.org` never takes evil-example.org in.
    """
    first, _, rest = host.partition(".")
    if first == ANY:
        return rf"{LABELS}\.{_host(rest)}" if rest else LABEL
    return re.escape(host).replace(r"\*", PART)


def _plain(pattern: str) -> str:
    return pattern.strip().lower().removesuffix("/")


def _allowed_headers(policy: CorsPolicy, asked: str | None, *, is_developers: bool) -> str:
    allowed = policy.allowed_headers or HEADERS
    if is_developers:
        allowed = (*allowed, *HEADERS)
    elif ANY in allowed and asked and len(asked) <= LONGEST_HEADER_LIST and HEADER_LIST.fullmatch(asked):
        # With credentials browsers take `*` for a header of that name.
        return asked
    names = {name.lower(): name for name in reversed(allowed)}
    return ", ".join(dict.fromkeys(names[name.lower()] for name in allowed))
