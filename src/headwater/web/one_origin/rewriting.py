"""What has to change on the way through, so that the browser sees one origin. Pure.

Out go hop-by-hop headers, the caller's own word on who it is, and cookie domains; addresses of either server that
the browser would follow become addresses of the proxy.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from headwater.web import loopback

Pairs = list[tuple[str, str]]

# RFC 9110 7.6.1, and what the two sides settle between themselves.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
    }
)
# Whoever asks could write these; what is behind must hear them from us.
CALLERS_WORD = ("x-forwarded-", "forwarded", "x-real-ip", "x-original-")
FIRST_SURROGATE, LAST_SURROGATE = "\ud800", "\udfff"
DROPPED_ATTRIBUTES = frozenset({"domain", "secure", "partitioned"})
TLS_ONLY_NAMES = ("__Secure-", "__Host-")  # without Secure browsers refuse these altogether
SAME_SITE_LAX = " SameSite=Lax"
RETURN_TO = re.compile(r"(?P<key>(?:^|&)return_to=)(?P<value>[^&]*)")
# An address ends where a name or port can't go on: http://h:4433 is not http://h:44330, nor http://h:4433.mallory.net.
END = r"(?![A-Za-z0-9_:@%.-])"
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def base_of(url: str) -> str:
    """Return the origin of an address, as it stands in front of paths."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def spellings(base: str) -> tuple[str, ...]:
    """Return the ways to write an origin. A server on loopback may call itself by another of loopback's names."""
    parts = urlsplit(base)
    if not loopback.is_loopback(parts.hostname or ""):
        return (base,)
    port = f":{parts.port}" if parts.port else ""
    return tuple(dict.fromkeys((base, *(f"{parts.scheme}://{host}{port}" for host in LOOPBACK_HOSTS))))


def kept(pairs: Iterable[tuple[str, str]], *, also_drop: frozenset[str] = frozenset()) -> Pairs:
    """Return the headers that go on to the other side."""
    given = list(pairs)
    named = {word.strip().lower() for name, value in given if name.lower() == "connection" for word in value.split(",")}
    drop = HOP_BY_HOP | named | also_drop
    return [(name, value) for name, value in given if name.lower() not in drop and _is_text(value)]


def without_callers_word(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """Return the headers without what only a proxy may say."""
    return [(name, value) for name, value in pairs if not name.lower().startswith(CALLERS_WORD)]


def location(value: str, *, origins: Sequence[tuple[str, str]]) -> str:
    """Return a Location with the origin of either server replaced. `origins` are (theirs, ours), first match wins."""
    for theirs, ours in origins:
        if re.match(re.escape(theirs) + END, value, re.IGNORECASE):
            return ours + value[len(theirs) :]
    return value


def body(content: bytes, *, origins: Sequence[tuple[str, str]]) -> bytes:
    """Return JSON or HTML in which every address below one of `origins` is ours; everything else is as it was."""
    for theirs, ours in origins:
        # The backslash doubled, so that nothing in `ours` is taken for a group's number.
        content = re.sub((re.escape(theirs) + END).encode(), ours.replace("\\", r"\\").encode(), content)
    return content


def set_cookie(value: str) -> str:
    """Return a Set-Cookie for the proxy's origin: no Domain, and nothing that needs TLS, which we don't have."""
    pair, *attributes = value.split(";")
    if pair.strip().startswith(TLS_ONLY_NAMES):
        return ";".join([pair, *(one for one in attributes if _attribute(one) != "domain")])
    left = [one for one in attributes if _attribute(one) not in DROPPED_ATTRIBUTES]
    return ";".join([pair, *(SAME_SITE_LAX if _is_same_site_none(one) else one for one in left)])


def return_to(target: str, *, ours: str, theirs: str) -> str:
    """Return a request's target whose `return_to` into our origin leads into theirs.

    Headwater lets people return to itself; where it then sends them, `location` turns round again.
    """
    path, mark, query = target.partition("?")
    forms = [(ours, theirs), (_quoted(ours), _quoted(theirs)), (_quoted(ours).lower(), _quoted(theirs))]

    def turned(match: re.Match[str]) -> str:
        value = match["value"]
        for mine, other in forms:
            if re.match(re.escape(mine) + r"(?=/|\?|#|%2[Ff]|%3[Ff]|%23|$)", value):
                return match["key"] + other + value[len(mine) :]
        return match[0]

    return path + mark + RETURN_TO.sub(turned, query)


def _is_text(value: str) -> bool:
    """Tell whether a header's value can be sent on: bytes that are no UTF-8 came in as lone surrogates."""
    return not any(FIRST_SURROGATE <= letter <= LAST_SURROGATE for letter in value)


def _attribute(text: str) -> str:
    return text.partition("=")[0].strip().lower()


def _is_same_site_none(text: str) -> bool:
    return text.replace(" ", "").lower() == "samesite=none"


def _quoted(origin: str) -> str:
    return origin.replace(":", "%3A").replace("/", "%2F").replace("[", "%5B").replace("]", "%5D")
