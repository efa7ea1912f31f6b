"""Standard Webhooks: a signature by which a receiver tells our requests from anybody else's (standardwebhooks.com).

Each attempt is signed anew, with every key that is valid: while keys are changed, two are. Pure.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Secret
from headwater.net.outbound import Request

STANDARD_WEBHOOKS = "standard_webhooks"
PREFIX = "whsec_"
VERSION = "v1"
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64
MAX_KEYS = 2

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
HEADERS = frozenset({ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER})


class BadSigningKeyError(HeadwaterError):
    """A signing key must be whsec_ and the base64 of 24 to 64 random bytes."""

    code = "bad_signing_secret"
    status = 400


def key(secret: Secret) -> bytes:
    """Return the bytes of a key. Raises BadSigningKeyError, which says nothing of what it is."""
    try:
        found = base64.b64decode(secret.reveal().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not MIN_KEY_BYTES <= len(found) <= MAX_KEY_BYTES:
        raise BadSigningKeyError
    return found


def signed(request: Request, *, message_id: str, now: datetime) -> Request:
    """Return one attempt of `request` with its signature, if it has keys. Raises BadSigningKeyError.

    `message_id` is the same over the attempts. Headers of the same name in the configuration are left out: they
    would make a signature that doesn't fit, or every message the same one.
    """
    if not request.signing_secrets:
        return request
    timestamp = str(int(now.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), request.body))
    signatures = " ".join(_signature(key(secret), content) for secret in request.signing_secrets)
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in HEADERS)
    ours = ((ID_HEADER, message_id), (TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signatures))
    return msgspec.structs.replace(request, headers=(*kept, *ours), signing_secrets=())


def _signature(secret: bytes, content: bytes) -> str:
    return f"{VERSION}," + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
