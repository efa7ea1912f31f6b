"""Identifiers and random tokens: the only module that draws randomness for them."""

import secrets
import uuid

TOKEN_BYTES = 32  # 256 bits; the contract asks for at least 128


def new_uuid() -> str:
    """Return a random UUID in its usual 36 characters."""
    return str(uuid.uuid4())


def new_token(prefix: str) -> str:
    """Return `prefix` followed by 256 random bits in URL-safe letters."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def new_short_id(prefix: str) -> str:
    """Return an id fit for reading aloud: `prefix` and 64 random bits in hex."""
    return prefix + secrets.token_hex(8)


def is_uuid(text: str) -> bool:
    """Tell whether `text` is a UUID in its usual form."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
