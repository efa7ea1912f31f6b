"""Which write key came with a call (reference/segment.md 1.3): Basic user first, then the body's `writeKey`.

Each reader returns None for "not mine". OAuth for sources will plug in beside `basic_user`: a Bearer header is no
write key (the body has that), it says whether the one who sends may use it. Until then it counts for nothing.
"""

import base64
import binascii
import functools
from typing import Any

MAX_HEADER_CHARACTERS = 1024
REMEMBERED_HEADERS = 1024


def write_key(headers: dict[str, str], body_key: Any) -> str | None:
    """Return the write key of a call from its headers or the `writeKey` of its body, None when neither has one."""
    header = headers.get("authorization")
    return (basic_user(header) if header else None) or key_or_none(body_key)


def key_or_none(value: Any) -> str | None:
    """Return a body's `writeKey` if it can be one."""
    return value if isinstance(value, str) and value else None


def basic_user(header: str) -> str | None:
    """Return the user of a Basic header; the colon may be missing, as some clients send it."""
    return None if len(header) > MAX_HEADER_CHARACTERS else _basic_user(header)


# A client sends the same header with every call.
@functools.lru_cache(maxsize=REMEMBERED_HEADERS)
def _basic_user(header: str) -> str | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return decoded.partition(":")[0] or None
