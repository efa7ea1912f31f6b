"""An event stream as Ory says it, and the settings of the webhook that serves it. Pure.

A secret that is kept goes where it went before; with another address it has to be written anew.
"""

from typing import Any, Literal

import msgspec

from headwater.api import shapes
from headwater.core.errors import BadRequestError, HeadwaterError
from headwater.deliver import catalogue, exchange, kept_settings
from headwater.deliver.destination import Settings, check_settings
from headwater.net.hop import TOKEN
from headwater.workspace import event_streams
from headwater.workspace.event_streams import EventStream

HTTPS, SNS = "https", "sns"
ACTIVE, PAUSED = "active", "paused"
NONE, API_KEY, BEARER = "none", "api_key", "bearer"
AUTHORIZATION, BEARER_PREFIX = "Authorization", "Bearer "
MAX_SECRET_BYTES = 4096
# What the sending of a request sets by itself.
NOT_OURS_TO_SET = frozenset(
    {"host", "content-type", "content-length", "connection", "keep-alive", "upgrade", "te", "transfer-encoding"}
)


class NoSnsError(HeadwaterError):
    """Headwater streams events to https endpoints; it can't reach AWS SNS.

    Give type https and an https_endpoint of yours, such as an API Gateway or a function that publishes to your topic.
    """

    code = "no_sns"
    status = 501


class StreamBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ory's createEventStreamBody and setEventStreamBody. What is left out of a change stays."""

    type: Literal["https", "sns"] = "https"
    status: Literal["active", "paused"] | None = None
    https_endpoint: str | None = None
    https_auth_type: Literal["none", "api_key", "bearer"] | None = None
    https_auth_header_name: str | None = None
    https_auth_secret: str | None = None
    role_arn: str | None = None
    topic_arn: str | None = None


def settings_of(body: StreamBody, *, before: Settings | None = None) -> dict[str, Any]:
    """Return the webhook's settings. Raises BadRequestError, and NoSnsError for what can't be served."""
    if body.type == SNS:
        raise NoSnsError
    kind, change = catalogue.kind(event_streams.KIND), _change(body, before or {})
    if before is not None:
        return check_settings(kind, kept_settings.merged(kind, before, change))
    if body.https_endpoint is None:
        raise BadRequestError("`https_endpoint` is missing: the address that events are sent to.")
    return check_settings(kind, change)


def shown(stream: EventStream) -> dict[str, Any]:
    """Return Ory's `eventStream`, its secret and the secret parts of its address masked."""
    settings = stream.destination.settings
    return {
        "id": stream.destination.id,
        "type": HTTPS,
        "status": ACTIVE if stream.destination.enabled else PAUSED,
        "https_endpoint": exchange.without_secrets(settings["url"]),
        **_auth_shown(settings),
        "created_at": shapes.at(stream.destination.created_at_ms),
        "updated_at": shapes.at(stream.updated_at_ms),
    }


def _change(body: StreamBody, before: Settings) -> dict[str, Any]:
    change = {} if body.https_endpoint is None else {"url": body.https_endpoint}
    headers = _headers(body, _auth_shown(before))
    return change if headers is None else {**change, "headers": headers}


def _headers(body: StreamBody, before: dict[str, Any]) -> dict[str, str] | None:
    """Return the headers that carry the secret, None where nothing is said about them."""
    wanted = body.https_auth_type or before["https_auth_type"]
    if wanted == NONE:
        if body.https_auth_secret or body.https_auth_header_name:
            raise BadRequestError("`https_auth_type` must be api_key or bearer for a secret to be sent.")
        return None if body.https_auth_type is None else {}
    name = body.https_auth_header_name or before.get("https_auth_header_name")
    is_same = wanted == before["https_auth_type"] and name == before.get("https_auth_header_name")
    if body.https_auth_secret is None and is_same:
        return None
    secret = _secret(body.https_auth_secret)
    return {AUTHORIZATION: BEARER_PREFIX + secret} if wanted == BEARER else {_header(name): secret}


def _secret(secret: str | None) -> str:
    if not secret or len(secret.encode()) > MAX_SECRET_BYTES or not secret.isprintable() or not secret.isascii():
        raise BadRequestError(
            f"`https_auth_secret` is a text of 1 to {MAX_SECRET_BYTES} plain characters. Write it again where the way"
            " it is sent changes."
        )
    return secret


def _header(name: str | None) -> str:
    if not name or not TOKEN.fullmatch(name) or name.lower() in NOT_OURS_TO_SET:
        raise BadRequestError("`https_auth_header_name` is the header that carries the secret, such as X-Api-Key.")
    return name


def _auth_shown(settings: Settings) -> dict[str, Any]:
    for name, value in dict(settings.get("headers", {})).items():
        if name == AUTHORIZATION and value.startswith(BEARER_PREFIX):
            return {"https_auth_type": BEARER, "https_auth_secret": kept_settings.HIDDEN}
        return {
            "https_auth_type": API_KEY,
            "https_auth_header_name": name,
            "https_auth_secret": kept_settings.HIDDEN,
        }
    return {"https_auth_type": NONE}
