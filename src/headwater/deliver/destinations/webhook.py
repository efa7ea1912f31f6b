"""Webhooks: the whole event as JSON to a URL, signed as Segment signs it and as Standard Webhooks says."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.secrets import Secret
from headwater.deliver import fields
from headwater.deliver.destination import Action, Batch, Field, Item, Kind, Payload, Settings
from headwater.net.outbound import Request

SIGNATURE = "X-Signature"
CONTENT_TYPE = ("Content-Type", "application/json")

_encoder = msgspec.json.Encoder()


def payloads(event: dict[str, Any], _settings: Settings) -> list[Payload]:
    """Return the event as it is."""
    return [event]


def request(items: Sequence[Item], settings: Settings) -> Request:
    """Return the request for `items`: an object, or with a batch size an array. Own headers win over ours."""
    found = [item.payload for item in items]
    body = _encoder.encode(found if settings["batch_size"] > 1 else found[0])
    own = tuple(settings["headers"].items())
    headers = [CONTENT_TYPE] if all(name.lower() != "content-type" for name, _ in own) else []
    headers.extend(own)
    if secret := settings.get("shared_secret"):
        # As Segment: of a batch only the first event is signed. Whoever wants more takes a signing secret.
        headers.append((SIGNATURE, sign(_encoder.encode(found[0]), secret=secret)))
    keys = [settings[name] for name in ("signing_secret", "old_signing_secret") if settings.get(name)]
    return Request(
        method=settings["method"],
        url=settings["url"],
        headers=tuple(headers),
        secret_headers=frozenset(name.lower() for name in settings["headers"]),
        signing_secrets=tuple(Secret(key) for key in keys),
        body=body,
        timeout_seconds=settings["timeout_seconds"],
    )


def sign(body: bytes, *, secret: str) -> str:
    """Return the hex HMAC-SHA1 of the exact body. SHA-1 because Segment's receivers check that."""
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


def batch(settings: Settings) -> Batch:
    """Return how many events travel together: one, unless the operator says otherwise."""
    return Batch(items=int(settings["batch_size"]), seconds=settings["batch_seconds"])


KIND = Kind(
    name="webhook",
    title="Webhooks",
    summary="Sends every event, whole, as JSON to a URL of yours.",
    category="developers",
    dedupe="messageId of each event; and, signed as Standard Webhooks says, the webhook-id header",
    docs="https://segment.com/docs/connections/destinations/catalog/actions-webhook/",
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
            help="Signs each event: X-Signature is its HMAC-SHA1 in hex under this secret. Of a batch the first one's.",
            secret=True,
        ),
        Field(
            name="signing_secret",
            label="Signing secret",
            help="Signs each request as Standard Webhooks says: whsec_ and the base64 of 24 to 64 random bytes.",
            secret=True,
        ),
        Field(
            name="old_signing_secret",
            label="Old signing secret",
            help="While the signing secret is changed: signs each request as well.",
            secret=True,
        ),
        Field(
            name="batch_size",
            label="Batch size",
            help="How many events a request carries at most; above 1 its body is an array.",
            type="number",
            default=1,
            least=1,
            most=1_000,
        ),
        fields.BATCH_SECONDS,
        fields.timeout_seconds(),
    ),
    payloads=payloads,
    actions=(Action(name="send", title="Send", request=request, batch=batch),),
)
