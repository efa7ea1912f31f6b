"""What went over the wire, as JSON to be sealed: for whoever has to find out why an attempt failed.

Header values are withheld unless known to be harmless, and so is what a URL may hide: an operator who may
read dead letters must not thereby learn the tool's credentials (DESIGN decision 14).
"""

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from headwater.net.outbound import Request, Response

MAX_REQUEST_BYTES = 64 * 1024
MAX_RESPONSE_BYTES = 16 * 1024
WITHHELD = "withheld"
HARMLESS_HEADERS = frozenset(
    {
        "accept",
        "content-type",
        "user-agent",
        "idempotency-key",
        "ory-webhook-trigger-id",
        "ory-webhook-request-id",
        "webhook-id",
        "webhook-timestamp",
    }
)
SECRET_RESPONSE_HEADERS = frozenset({"set-cookie", "authorization", "www-authenticate"})


def describe(
    request: Request, response: Response | None, *, before: Sequence[Request] = (), secrets: Collection[str] = ()
) -> bytes:
    """Return the exchange as JSON: `request`, and `response` (null when there was no answer).

    `secrets` are texts that must not be shown wherever they stand: some tools take their key in the body. `before`
    are the requests of the same event that belong before it, if there are any.
    """
    shown: dict[str, Any] = {
        "request": sent(request, secrets=secrets),
        "response": response and _without(secrets, answered(response)),
    }
    if before:
        shown["before"] = [sent(one, secrets=secrets) for one in before]
    return msgspec.json.encode(shown)


def sent(request: Request, *, secrets: Collection[str] = ()) -> dict[str, Any]:
    """Return what may be shown of a request. A header that holds a key is withheld under any name."""
    harmless = HARMLESS_HEADERS - request.secret_headers
    shown = {
        "method": request.method,
        "url": without_secrets(request.url),
        "headers": {name: value if name.lower() in harmless else WITHHELD for name, value in request.headers},
        "body": _text(request.body, MAX_REQUEST_BYTES),
        **({} if request.proxy is None else {"proxy": without_secrets(request.proxy.reveal())}),
    }
    return _without(secrets, shown)


def answered(response: Response) -> dict[str, Any]:
    """Return what may be shown of an answer."""
    return {
        "status": response.status,
        "headers": {name: WITHHELD if name in SECRET_RESPONSE_HEADERS else value for name, value in response.headers},
        "body": _text(response.body, MAX_RESPONSE_BYTES),
    }


def hidden(value: Any, *, secrets: Collection[str]) -> Any:
    """Return any JSON without those texts."""
    return _hidden(secrets, value)


def _without(secrets: Collection[str], shown: dict[str, Any]) -> dict[str, Any]:
    if not any(secret for secret in secrets):
        return shown
    return {name: _hidden(secrets, value) for name, value in shown.items()}


def _hidden(secrets: Collection[str], value: Any) -> Any:
    if isinstance(value, dict):
        return _without(secrets, value)
    if isinstance(value, list):
        return [_hidden(secrets, item) for item in value]
    if isinstance(value, str):
        for secret in sorted(filter(None, secrets), key=len, reverse=True):  # one may be the beginning of another
            value = value.replace(secret, WITHHELD)
    return value


def _text(body: bytes, limit: int) -> str:
    return body[:limit].decode(errors="replace")


def without_secrets(url: str) -> str:
    """Return a URL without its user and password, and with the values of its query withheld."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return WITHHELD
    query = urlencode([(key, WITHHELD) for key, _ in parse_qsl(parts.query, keep_blank_values=True)])
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))
