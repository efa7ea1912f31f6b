"""From a `web_hook` and its ctx to the request that leaves (reference/ory.md 1.4). Sends nothing."""

import base64
from typing import Any
from urllib.parse import urlencode

import msgspec

from headwater.actions.chain import Hook
from headwater.actions.errors import UnusableHookError
from headwater.actions.header_names import canonical
from headwater.actions.templates import SNIPPET_NAME, Templates
from headwater.core.secrets import Secret
from headwater.mapping.evaluation import Evaluator, MappingCancelledError
from headwater.net import signing
from headwater.net.hop import TRACE
from headwater.net.outbound import Request
from headwater.net.signing import BadSigningKeyError
from headwater.workspace import secret_places
from headwater.workspace.references import Unread

CONTENT_TYPE = "Content-Type"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
CONTENT_TYPES = (JSON, FORM)

BASIC_AUTH = "basic_auth"
API_KEY = "api_key"
IN_COOKIE = "cookie"

ATTEMPT_TIMEOUT_SECONDS = 30.0


async def build_or_none(
    hook: Hook, ctx: dict[str, Any], *, evaluator: Evaluator, templates: Templates
) -> Request | None:
    """Return the request of `hook`, or None when its Jsonnet cancelled it.

    Raises UnusableHookError when the configuration, and MappingError when the Jsonnet, gives no request.
    """
    _require_read(hook.config)
    headers, secret_headers = _headers(hook.config)
    try:
        body = await _body(hook, ctx, content_type=headers[CONTENT_TYPE], evaluator=evaluator, templates=templates)
    except MappingCancelledError:
        if headers[CONTENT_TYPE] != JSON:  # as in Kratos, a form can't be cancelled
            raise
        return None
    return Request(
        method=hook.config["method"],
        url=hook.config["url"],
        headers=tuple(headers.items()),
        secret_headers=secret_headers,
        signing_secrets=_signing_secrets(hook.config.get("signing", {})),
        rules=hook.rules,
        body=body,
        timeout_seconds=ATTEMPT_TIMEOUT_SECONDS,
    )


def _headers(config: dict[str, Any]) -> tuple[dict[str, str], frozenset[str]]:
    """Return all headers, and the lower-case names of those that `auth` made."""
    headers = {canonical(name): value for name, value in config.get("headers", {}).items()}
    headers.setdefault(CONTENT_TYPE, JSON)
    credentials = _authentication(config.get("auth", {}), headers)
    return headers | credentials, frozenset(name.lower() for name in credentials)


def _require_read(config: dict[str, Any]) -> None:
    """A secret that the configuration only names (`env:NAME`) may not be there: then nothing can be sent."""
    for place in secret_places.every(config):
        if isinstance(place.value, Unread):
            raise UnusableHookError(place.value.why)


def _signing_secrets(signing_config: dict[str, Any]) -> tuple[Secret, ...]:
    secrets = tuple(Secret(text) for text in signing_config.get("secrets", ()))
    for secret in secrets:
        try:
            signing.key(secret)
        except BadSigningKeyError as error:
            raise UnusableHookError(f"can't be signed: {error.message}") from None
    return secrets


def _authentication(auth: dict[str, Any], headers: dict[str, str]) -> dict[str, str]:
    config = auth.get("config", {})
    match auth.get("type"):
        case None:
            return {}
        case "basic_auth":
            pair = f"{config['user']}:{config['password']}"
            return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        case "api_key" if config["in"] == IN_COOKIE:
            cookie = f"{config['name']}={config['value']}"
            return {"Cookie": f"{headers['Cookie']}; {cookie}" if "Cookie" in headers else cookie}
        case "api_key":
            return {canonical(config["name"]): config["value"]}
        case unknown:
            raise UnusableHookError(f"has the unknown auth type {unknown!r}")


async def _body(
    hook: Hook, ctx: dict[str, Any], *, content_type: str, evaluator: Evaluator, templates: Templates
) -> bytes:
    if hook.config["method"] == TRACE:
        return b""
    if content_type not in CONTENT_TYPES:
        raise UnusableHookError(
            f"has the Content-Type {content_type!r}; it must be exactly {' or '.join(CONTENT_TYPES)}"
        )
    snippet = await templates.load(hook.config.get("body", ""), name=SNIPPET_NAME, rules=hook.rules)
    text = await evaluator.evaluate(snippet, arguments={"ctx": ctx})
    return text.encode() if content_type == JSON else _form(text)


def _form(text: str) -> bytes:
    try:
        fields = msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError as error:
        raise UnusableHookError(f"is sent as a form, so its Jsonnet must give an object of texts: {error}") from None
    return urlencode(sorted(fields.items())).encode()
