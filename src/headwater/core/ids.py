"""Identifiers and random tokens: the only module that draws randomness for them."""

import base64
import os
import re

UUID_BYTES = 16
UUID_VARIANTS = "89ab"
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SHORT_BYTES = 8
TOKEN_BYTES = 32  # 256 bits; the contract asks for at least 128


def new_uuid() -> str:
    """Return a random UUID (version 4) in its usual 36 characters."""
    # Not uuid4(): the collector asks for one with each event, and this takes a third of the time.
    digits = os.urandom(UUID_BYTES).hex()
    variant = UUID_VARIANTS[int(digits[16], 16) % len(UUID_VARIANTS)]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def new_token(prefix: str) -> str:
    """Return `prefix` followed by 256 random bits in URL-safe letters."""
    return prefix + base64.urlsafe_b64encode(os.urandom(TOKEN_BYTES)).rstrip(b"=").decode()


def new_short_id(prefix: str) -> str:
    """Return an id fit for reading aloud: `prefix` and 64 random bits in hex."""
    return prefix + os.urandom(SHORT_BYTES).hex()


def is_uuid(text: str) -> bool:
    """Tell whether `text` is a UUID in its usual form."""
    return UUID.fullmatch(text) is not None
