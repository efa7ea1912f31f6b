"""What is taken out of a firing before it is kept: credentials, cookies, and wherever they are quoted. Pure.

An operator who looks for the cause of a failed sign-up must not thereby learn a receiver's key, or get hold of the
session of the person who signed up (DESIGN decision 14).
"""

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from headwater.actions.firing import Firing
from headwater.deliver import exchange
from headwater.deliver.exchange import WITHHELD
from headwater.net import hop
from headwater.net.outbound import Request

# Shorter ones aren't looked for in texts: they would be found everywhere, and keep nobody out. Most cookies and
# parameters are no secrets, but words.
SHORTEST_SECRET = 6
SHORTEST_TOKEN = 16
SECRET_ENDINGS = ("password", "token", "secret", "exchange_code")
COOKIES = "request_cookies"
HEADERS = "request_headers"
URLS = frozenset({"request_url", "return_to"})


class Quoted:
    """Secrets, and how to take them out of texts in which somebody may have quoted them: an echo, a reason."""

    def __init__(self, secrets: Collection[str]) -> None:
        written = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        self._forms = sorted(written, key=len, reverse=True)  # a whole header before the part of it

    def out_of(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, WITHHELD)
        return text

    def out_of_all(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Return an exchange's request or response without them: its body and header values are texts of others."""
        headers = {name: self.out_of(value) for name, value in shown["headers"].items()}
        return {**shown, "headers": headers, "body": self.out_of(shown["body"])}


def quoted(firing: Firing) -> Quoted:
    """Return the secrets that this firing holds."""
    return secrets_of(firing.request, firing.context)


def secrets_of(request: Request | None, ctx: Mapping[str, Any] | None) -> Quoted:
    """Return the secrets in a request and in the ctx that it was made from."""
    found = set(_of_request(request)) if request is not None else set()
    return Quoted(found | set(_of_context(ctx or {})))


def context(value: Any) -> Any:
    """Return a ctx as it may be shown to an operator. Raises RecursionError for one nested too deeply."""
    if isinstance(value, list | tuple):
        return [context(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _member(name, member, value) for name, member in value.items()}


def exchange_of(firing: Firing) -> dict[str, Any]:
    """Return its request and response as they may be shown; None where there is none."""
    secrets = quoted(firing)
    request, response = firing.request, firing.response
    return {
        "request": None if request is None else secrets.out_of_all(exchange.sent(request)),
        "response": None if response is None else secrets.out_of_all(exchange.answered(response)),
    }


def _member(name: str, member: Any, holder: Mapping[str, Any]) -> Any:
    if name == COOKIES and isinstance(member, dict):
        return dict.fromkeys(member, WITHHELD)
    if name == HEADERS and isinstance(member, dict):
        return {key: [WITHHELD] if hop.is_credential(key) else value for key, value in member.items()}
    if isinstance(member, str):
        is_secret = _is_secret(name) or (name == "value" and _is_secret(holder.get("name")))
        if is_secret and member:
            return WITHHELD
        return exchange.without_secrets(member) if name in URLS else member
    return context(member)


def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and name.lower().endswith(SECRET_ENDINGS)


def _of_request(request: Request) -> Iterator[str]:
    for name, value in request.headers:
        if name.lower() in request.secret_headers or hop.is_credential(name):
            yield from _of_header(value)
    try:
        parts = urlsplit(request.url)
    except ValueError:
        return
    yield from (unquote(part) for part in (parts.password,) if part)
    yield from (value for _, value in parse_qsl(parts.query) if len(value) >= SHORTEST_TOKEN)


def _of_context(ctx: Mapping[str, Any]) -> Iterator[str]:
    cookies, headers = ctx.get(COOKIES), ctx.get(HEADERS)
    if isinstance(cookies, dict):
        yield from (value for value in cookies.values() if isinstance(value, str) and len(value) >= SHORTEST_TOKEN)
    if isinstance(headers, dict):
        for name, values in headers.items():
            if hop.is_credential(name):
                yield from (part for value in values for part in _of_header(value) if len(part) >= SHORTEST_TOKEN)


def _of_header(value: str) -> Iterator[str]:
    """Yield a credential header's value and what is secret within it."""
    yield value
    scheme, _, token = value.partition(" ")
    if token and "=" not in scheme:
        yield token
    if scheme.lower() == "basic":
        yield from _of_basic(token)
    for pair in value.split(";"):
        yield pair.partition("=")[2].strip()


def _of_basic(token: str) -> Iterator[str]:
    try:
        pair = base64.b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    user, _, password = pair.partition(":")
    yield from (pair, user, password)  # a write key is a user without a password


def _forms(secret: str) -> set[str]:
    """Return how a text may write it: as it is, in JSON, in a URL."""
    return {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe="")}
