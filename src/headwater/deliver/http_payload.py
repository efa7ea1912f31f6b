"""One HTTP request as a mapping writes it: `{method, path, query, headers, body}` below a base URL. Pure.

Its path stays below that URL whatever an event holds, and its headers can't take over the connection.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import msgspec

KEYS = ("method", "path", "query", "headers", "body")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
# The sender's own: they say where a request goes and where it ends.
OUR_HEADERS = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
# What RFC 3986 lets stand in a path, and what is percent-encoded already.
PATH_CHARACTERS = "/%:@!$&'()*+,;=~-._"
JSON, TEXT = "application/json", "text/plain; charset=utf-8"

_encoder = msgspec.json.Encoder()


def complaint(payload: Mapping[str, Any]) -> str | None:
    """Return why a payload is no request, None for one that is."""
    unknown = [key for key in payload if key not in KEYS]
    if unknown:
        return f"{unknown[0]!r} is no part of a request; there are {', '.join(KEYS)}."
    method = payload.get("method") or "POST"
    if not isinstance(method, str) or method.upper() not in METHODS:
        return f"method is none of {', '.join(sorted(METHODS))}."
    return (
        _wrong_path(payload.get("path") or "")
        or _wrong_query(payload.get("query") or {})
        or headers_complaint(payload.get("headers") or {})
    )


def _wrong_path(path: Any) -> str | None:
    if not isinstance(path, str):
        return "path is no text."
    if "://" in path or path.startswith("//"):
        return "path is an address of its own; it is relative to the setting `url`."
    steps = unquote(path.partition("?")[0]).replace("\\", "/").split("/")
    if ".." in steps or any(ord(character) < ord(" ") for character in unquote(path)):
        return "path leads out of the setting `url`."
    return None


def _wrong_query(query: Any) -> str | None:
    if not isinstance(query, Mapping):
        return "query is no object."
    for name, value in query.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str | int | float | bool | None):
                return f"the query's {name!r} is no text, number or boolean, nor a list of them."
    return None


def headers_complaint(headers: Any) -> str | None:
    """Return why headers can't be sent."""
    if not isinstance(headers, Mapping):
        return "headers is no object."
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name):
            return f"{name!r} is no name of a header."
        if name.lower() in OUR_HEADERS:
            return f"the header {name} is not yours to set."
        if not isinstance(value, str | int | float | None) or any(ord(c) < ord(" ") and c != "\t" for c in str(value)):
            return f"the header {name} has no text of one line."
    return None


def url(base: str, payload: Mapping[str, Any]) -> str:
    """Return `base` with the payload's path and query added to its own."""
    parts = urlsplit(base)
    path, _, inline = str(payload.get("path") or "").partition("?")
    below = f"{parts.path.rstrip('/')}/{quote(path.lstrip('/'), safe=PATH_CHARACTERS)}" if path else parts.path
    own = parse_qsl(parts.query, keep_blank_values=True)
    added = [*parse_qsl(inline, keep_blank_values=True), *_pairs(payload.get("query") or {})]
    return urlunsplit((parts.scheme, parts.netloc, below, urlencode([*own, *added]), ""))


def headers(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the payload's headers as texts, those that are null left out."""
    given = payload.get("headers") or {}
    return {name: text(value) for name, value in given.items() if value is not None}


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    each = [(name, value if isinstance(value, list) else [value]) for name, value in query.items()]
    return [(name, text(one)) for name, values in each for one in values if one is not None]


def text(value: str | float) -> str:
    """Return a scalar as JSON writes it, texts bare."""
    return value if isinstance(value, str) else _encoder.encode(value).decode()


def body(payload: Mapping[str, Any]) -> tuple[bytes, str | None]:
    """Return the body and the content type it has if the payload's headers name none: a text goes out as it is."""
    found = payload.get("body")
    if found is None:
        return b"", None
    return (found.encode(), TEXT) if isinstance(found, str) else (_encoder.encode(found), JSON)
