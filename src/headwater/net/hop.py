"""One hop of an outgoing request: checked on its way in, and what a redirect makes of it. Pure."""

import base64
import re

import msgspec
from yarl import URL

from headwater.net.outbound import AddressRefusedError, BadOutboundRequestError, Request

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A newline in a value would start a header, or a request, of mallory's; a lone surrogate can't be encoded.
FORBIDDEN_IN_VALUES = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
# URL parsers silently strip tabs and newlines, and disagree about backslashes.
FORBIDDEN_IN_URLS = re.compile("[\x00-\x20\x7f\\\\]")
# It asks for a tunnel to wherever the receiver likes, not for an answer (docs/why.md).
FORBIDDEN_METHODS = frozenset({"CONNECT"})
TRACE = "TRACE"
# These belong to the connection or are computed from the request: as Go's client does, ours win silently.
NEVER_TAKEN = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Whoever asks names their own credentials; what was configured as a plain header and smells of one stays, too.
CREDENTIAL_WORDS = ("auth", "cookie", "token", "secret", "password", "credential", "api-key", "apikey", "access-key")

KEEPS_METHOD = frozenset({307, 308})
BECOMES_GET = frozenset({301, 302, 303})
HTTP_PORT, HTTPS_PORT = 80, 443
MAX_REDIRECTS = 10


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """A checked request to one URL, without user or fragment. `secret_headers` are lower-case."""

    method: str
    url: URL
    headers: tuple[tuple[str, str], ...]
    secret_headers: frozenset[str] = frozenset()
    body: bytes

    @property
    def host(self) -> str:
        """The host, lower-case and without a closing dot."""
        return (self.url.host or "").lower().rstrip(".")

    @property
    def receiver(self) -> str:
        """What an error message may say of the URL: never user, path or query, which can hold secrets."""
        return self.url.host_port_subcomponent or ""


def first(request: Request) -> Hop:
    """Return the first hop of `request`. BadOutboundRequestError when it can't be sent as it is."""
    _check_method(request.method)
    url = parse_url(request.url)
    headers = tuple((name, value) for name, value in _checked(request.headers) if name.lower() not in NEVER_TAKEN)
    if url.user is not None and not any(name.lower() == "authorization" for name, _ in headers):
        headers = (*headers, ("Authorization", basic(url.user, url.password or "")))
    return Hop(
        method=request.method,
        url=_without_secrets(url),
        headers=headers,
        secret_headers=request.secret_headers,
        body=b"" if request.method == TRACE else request.body,  # RFC 9110, 9.3.8: a TRACE carries none
    )


def after_redirect(hop: Hop, status: int, location: str | None) -> Hop | None:
    """Return the hop that a response asks for, as Go's client reads it; None when it asks for none.

    Unlike Go's client, https never falls back to http: the body would cross the network in clear.
    """
    if location is None or status not in KEEPS_METHOD | BECOMES_GET:
        return None
    url = hop.url.join(parse_url(location, is_location=True))
    _check_whole(url)
    url = _without_secrets(url)
    if hop.url.scheme == "https" and url.scheme == "http":
        raise AddressRefusedError(
            f"{hop.receiver} redirects from https to http, which is never followed. Use the final URL."
        )
    moved = msgspec.structs.replace(hop, url=url, headers=_headers_for(url, hop))
    return moved if status in KEEPS_METHOD or hop.method in ("GET", "HEAD") else _as_get(moved)


def is_credential(header: str) -> bool:
    """Tell whether a header of this name holds what lets one in.

    The one rule for it: such a header follows no redirect to another host, is shown to nobody, and is sealed where
    it is configured.
    """
    plain = header.lower().replace("_", "-")
    return any(word in plain for word in CREDENTIAL_WORDS)


def parse_url(text: str, *, is_location: bool = False) -> URL:
    """Return `text` as a URL: absolute unless it is a Location."""
    name = "Location" if is_location else "URL"
    if FORBIDDEN_IN_URLS.search(text):
        raise BadOutboundRequestError(f"The {name} contains a space, backslash or control character.")
    try:
        url = URL(text)
    except ValueError:
        # The parser's own message may quote a password.
        raise BadOutboundRequestError(f"The {name} can't be read.") from None
    if not is_location:
        _check_whole(url)
    return url


def _check_whole(url: URL) -> None:
    if url.scheme not in ("http", "https"):
        raise BadOutboundRequestError(f"Only http:// and https:// URLs can be called, not {url.scheme!r}.")
    if not url.host or not url.port:
        raise BadOutboundRequestError("The URL has no host, or port 0.")


def _check_method(method: str) -> None:
    if not TOKEN.fullmatch(method) or method.upper() in FORBIDDEN_METHODS:
        raise BadOutboundRequestError(f"{method!r} is not a method that can be sent.")


def _checked(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for name, value in headers:
        if not TOKEN.fullmatch(name):
            raise BadOutboundRequestError(f"{name!r} is not a header name.")
        if FORBIDDEN_IN_VALUES.search(value):
            raise BadOutboundRequestError(f"The value of header {name} contains a control character.")
    return headers


def _without_secrets(url: URL) -> URL:
    if url.raw_user is None and url.raw_password is None and not url.raw_fragment:
        return url  # to make two copies takes as long as everything else here
    return url.with_user(None).with_fragment(None)


def basic(user: str, password: str) -> str:
    """Return the header value that says who asks."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _headers_for(url: URL, hop: Hop) -> tuple[tuple[str, str], ...]:
    if _is_same_place(hop.url, url):
        return hop.headers
    return tuple(
        (name, value)
        for name, value in hop.headers
        if name.lower() not in hop.secret_headers and not is_credential(name)
    )


def _is_same_place(old: URL, new: URL) -> bool:
    moved_to_tls = (old.scheme, old.port, new.scheme, new.port) == ("http", HTTP_PORT, "https", HTTPS_PORT)
    return old.host == new.host and (old.port == new.port or moved_to_tls)


def _as_get(hop: Hop) -> Hop:
    headers = tuple((name, value) for name, value in hop.headers if not name.lower().startswith("content-"))
    return msgspec.structs.replace(hop, method="GET", headers=headers, body=b"")
