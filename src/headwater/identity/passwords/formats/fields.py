"""Reading the fields of a hash's text form. Each refusal names field and bound, and quotes nothing of the hash."""

import base64
import binascii
import re

from headwater.identity.passwords.formats.hashed import ImportedHashError

BASE64_QUANTUM = 4

# Under four bytes, a guess in a few thousand fits: argon2's own floor. No known system stores more than 64 bytes.
LEAST_KEY_BYTES = 4
MOST_KEY_BYTES = 128


def match(pattern: re.Pattern[str], text: str, *, layout: str) -> tuple[str, ...]:
    """Return the groups of `pattern`, which must describe all of `text`."""
    found = pattern.fullmatch(text)
    if found is None:
        raise ImportedHashError(f"A password hash of this family must look like {layout}.")
    return tuple(group or "" for group in found.groups())


def number(digits: str, *, name: str, least: int, most: int) -> int:
    """Return `digits` as a number within its bounds."""
    value = int(digits)
    if not least <= value <= most:
        raise ImportedHashError(f"In a password hash, {name} must be between {least} and {most}.")
    return value


def base64_field(text: str, *, name: str) -> bytes:
    """Return the bytes of standard base64, padded, without stray bits."""
    value = loose_base64_field(text, name=name)
    if base64.b64encode(value).decode() != text:
        raise _not_base64(name, "with")
    return value


def loose_base64_field(text: str, *, name: str) -> bytes:
    """Return the bytes of standard base64, padded; stray bits at its end are nobody's loss."""
    value = _decoded_or_none(text)
    if value is None:
        raise _not_base64(name, "with")
    return value


def unpadded_base64_field(text: str, *, name: str) -> bytes:
    """Return the bytes of standard base64 without padding and without stray bits."""
    value = _decoded_or_none(text + "=" * (-len(text) % BASE64_QUANTUM))
    if value is None or base64.b64encode(value).decode().rstrip("=") != text:
        raise _not_base64(name, "without")
    return value


def sized(value: bytes, *, name: str, least: int, most: int) -> bytes:
    """Return `value` if its length is within bounds."""
    if not least <= len(value) <= most:
        raise ImportedHashError(f"In a password hash, {name} must be {least} to {most} bytes long.")
    return value


def key(value: bytes, *, name: str) -> bytes:
    """Return the derived key: an empty one would match every password, a long one costs time."""
    return sized(value, name=name, least=LEAST_KEY_BYTES, most=MOST_KEY_BYTES)


def digest(value: bytes, *, name: str, size_bytes: int) -> bytes:
    """Return the digest, which has exactly the size that its algorithm makes."""
    if len(value) != size_bytes:
        raise ImportedHashError(f"In a password hash, {name} must be exactly {size_bytes} bytes long.")
    return value


def _decoded_or_none(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _not_base64(name: str, padding: str) -> ImportedHashError:
    return ImportedHashError(f"In a password hash, {name} must be standard base64 {padding} padding.")
