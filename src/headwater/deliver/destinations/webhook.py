"""Webhooks: the whole event as JSON to a URL, signed as Segment signs it."""

import hashlib
import hmac
from typing import Any

import msgspec

from headwater.deliver.destination import Field, Kind, Settings
from headwater.net.outbound import Request

CONTENT_TYPE = ("Content-Type", "application/json")
SIGNATURE = "X-Signature"

_encoder = msgspec.json.Encoder()


def build(event: dict[str, Any], settings: Settings) -> Request:
    """Return the request for `event`; the operator's own headers win over ours."""
    body = _encoder.encode(event)
    own = tuple(settings["headers"].items())
    headers = [CONTENT_TYPE] if all(name.lower() != "content-type" for name, _ in own) else []
    headers.extend(own)
    if secret := settings.get("shared_secret"):
        headers.append((SIGNATURE, sign(body, secret=secret)))
    return Request(method=settings["method"], url=settings["url"], headers=tuple(headers), body=body)


def sign(body: bytes, *, secret: str) -> str:
    """Return the hex HMAC-SHA1 of the exact body. SHA-1 because Segment's receivers check that."""
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


KIND = Kind(
    name="webhook",
    title="Webhooks",
    summary="Sends every event, whole, as JSON to a URL of yours.",
    fields=(
        Field(
            name="url",
            label="URL",
            help="Where events are sent, such as https://example.com/events.",
            type="url",
            required=True,
        ),
        Field(
            name="method",
            label="Method",
            help="The HTTP method.",
            type="choice",
            choices=("POST", "PUT", "PATCH"),
            default="POST",
        ),
        Field(
            name="headers",
            label="Headers",
            help='Extra headers as an object, such as {"Authorization": "Bearer ..."}.',
            type="object",
            secret=True,  # this is where people put their tokens
            default={},
        ),
        Field(
            name="shared_secret",
            label="Shared secret",
            help="Signs each body: X-Signature is its HMAC-SHA1 in hex under this secret.",
            secret=True,
        ),
    ),
    build=build,
)
