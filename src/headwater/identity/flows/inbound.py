"""The person's request as the flows look at it, and what Actions may be shown of it."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from headwater.actions.occasion import InboundRequest

HTML = "text/html"
JSON = "application/json"
NO_COOKIES = ("",)
# Ory lets these through on native flows: a content delivery network sets them, not a browser's user.
NETWORK_COOKIES = ("__cf", "_cf", "cf_")


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `url` is built on our public URL, never on the Host header, which anyone can set."""

    method: str
    url: str
    headers: dict[str, list[str]]
    cookies: dict[str, str]
    query: dict[str, str]
    client_ip: str
    body: bytes = b""

    def __repr__(self) -> str:
        """Show nothing of headers, cookies and body: a traceback that prints locals must not print a password."""
        return f"Inbound(method={self.method!r}, client_ip={self.client_ip!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("method", self.method), ("client_ip", self.client_ip)]

    def header(self, name: str) -> str:
        """Return the first header called `name` (lower-case), or nothing."""
        values = self.headers.get(name, [])
        return values[0] if values else ""

    @property
    def wants_json(self) -> bool:
        """Ory's rule: JSON if asked for or sent, a page otherwise."""
        return JSON in self.header("accept") or self.header("content-type").partition(";")[0].strip() == JSON

    @property
    def is_browser(self) -> bool:
        """Whoever doesn't ask for JSON is led from page to page, as in Ory. What posts without cookies is an app."""
        asks_for_pages = HTML in self.header("accept") or self.method in ("GET", "HEAD") or bool(self.cookies)
        return asks_for_pages and not self.wants_json

    @property
    def foreign_cookies(self) -> list[str]:
        return [name for name in self.cookies if not name.startswith(NETWORK_COOKIES)]

    def for_actions(self) -> InboundRequest:
        return InboundRequest(
            method=self.method, url=self.url, headers=self.headers, cookies=self.cookies, client_ip=self.client_ip
        )


def of(request: Request[Any, Any, Any], *, public_url: str, body: bytes = b"") -> Inbound:
    """Return the web framework's request as the flows see it."""
    headers: dict[str, list[str]] = {}
    for name, value in request.scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    query = request.scope["query_string"].decode("latin-1")
    client = request.client
    return Inbound(
        method=request.method,
        url=public_url + request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else ""),
        headers=headers,
        cookies=_cookies(request, headers.get("cookie", NO_COOKIES)[0]),
        query=dict(reversed(parse_qsl(query))),
        client_ip=client.host if client else "",
        body=body,
    )


def _cookies(request: Request[Any, Any, Any], text: str) -> dict[str, str]:
    """Return the cookies as the framework reads them, without it where nothing in them is quoted."""
    if '"' in text or "%" in text:
        return dict(request.cookies)
    cookies: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name, value = (name.strip(), value.strip()) if equals else ("", name.strip())
        if name or value:
            cookies[name] = value
    return cookies
