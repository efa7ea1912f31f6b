"""Any HTTP API: a mapping says which request an event becomes; without one, the event itself is posted."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from headwater.deliver import fields, http_payload
from headwater.deliver.destination import Action, Field, Item, Kind, Payload, Settings
from headwater.net.outbound import Request

IDEMPOTENCY_KEY = "Idempotency-Key"
NONE, BASIC, BEARER, HEADER = AUTHS = ("none", "basic", "bearer", "header")
# What each way of authentication cannot do without.
NEEDS = {NONE: (), BASIC: ("username",), BEARER: ("token",), HEADER: ("token",)}


def payloads(event: dict[str, Any], _settings: Settings) -> list[Payload]:
    """Return a POST of the event to the URL itself."""
    return [{"method": "POST", "body": event}]


def refusal(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what is no request, or would leave the base URL."""
    return http_payload.complaint(payload)


def complaint(settings: Settings) -> tuple[str, str] | None:
    """Say which setting the chosen authentication lacks, or which one waits for a choice."""
    auth = settings["auth"]
    for name in NEEDS[auth]:
        if not settings.get(name):
            return name, f"http-api needs the setting `{name}` for auth={auth}."
    if auth == NONE and (settings.get("token") or settings.get("password")):
        return "auth", f"http-api has credentials, but auth is none: it is one of {', '.join(AUTHS[1:])}."
    named = {settings["token_header"]: ""} if auth == HEADER else {}
    wrong = http_payload.headers_complaint({**settings["headers"], **named})
    return None if wrong is None else ("headers", f"The settings of http-api: {wrong}")


def request(items: Sequence[Item], settings: Settings) -> Request:
    """Return the one request. Of headers, our authentication wins over the payload's, and those over the settings'."""
    (item,) = items
    content, content_type = http_payload.body(item.payload)
    ours = {IDEMPOTENCY_KEY: _key(item)} | ({"Content-Type": content_type} if content_type else {})
    given = http_payload.headers(item.payload)
    headers = _merged(ours, settings["headers"], given, _authentication(settings))
    return Request(
        method=str(item.payload.get("method") or "POST").upper(),
        url=http_payload.url(settings["url"], item.payload),
        headers=tuple(headers.values()),
        secret_headers=frozenset(headers) - {name.lower() for name in ours},
        body=content,
        timeout_seconds=settings["timeout_seconds"],
    )


def _key(item: Item) -> str:
    """Return the same key for the same request on each try, and for no other."""
    return f"{item.message_id}:{item.number}" if item.number else item.message_id


def _authentication(settings: Settings) -> dict[str, str]:
    if settings["auth"] == BASIC:
        pair = f"{settings['username']}:{settings.get('password', '')}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    if settings["auth"] == BEARER:
        return {"Authorization": f"Bearer {settings['token']}"}
    return {settings["token_header"]: settings["token"]} if settings["auth"] == HEADER else {}


def _merged(*several: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return name and value by lower-case name; the last to name one wins."""
    return {name.lower(): (name, value) for headers in several for name, value in headers.items()}


KIND = Kind(
    name="http-api",
    title="HTTP API",
    summary="Sends any request to an API of your choice: a mapping says which.",
    category="developers",
    dedupe=f"{IDEMPOTENCY_KEY} header",
    fields=(
        Field(
            name="url",
            label="Base URL",
            help="What every request's path is added to, such as https://api.example.com/v2.",
            type="url",
            required=True,
        ),
        Field(
            name="auth",
            label="Authentication",
            help="How requests are authenticated.",
            type="choice",
            choices=AUTHS,
            default=NONE,
        ),
        Field(name="username", label="User", help="For auth=basic.", default=""),
        Field(name="password", label="Password", help="For auth=basic.", secret=True),
        Field(name="token", label="Token", help="For auth=bearer, and for auth=header its value.", secret=True),
        Field(name="token_header", label="Token's header", help="For auth=header: its name.", default="X-API-Key"),
        Field(
            name="headers",
            label="Headers",
            help='Extra headers as an object, such as {"Accept": "application/json"}.',
            type="object",
            secret=True,
            default={},
        ),
        fields.timeout_seconds(),
    ),
    payloads=payloads,
    actions=(Action(name="send", title="Send request", request=request, refusal=refusal),),
    complaint=complaint,
)
