"""Which write key came with a call (reference/segment.md 1.3): Basic user first, then the body's `writeKey`."""

import base64
import binascii
from typing import Any


def write_key(headers: dict[str, str], body: dict[str, Any]) -> str | None:
    """Return the write key of a call, None when none came."""
    return _basic_user(headers.get("authorization", "")) or _text(body.get("writeKey"))


def _basic_user(header: str) -> str | None:
    """Return the user of a Basic header; the colon may be missing, as some clients send it."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded.partition(":")[0] or None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
