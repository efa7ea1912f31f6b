"""Secrets: hidden in repr, hashed where they only need comparing, sealed where they must come back.

And what nobody may work out: a hash that needs the installation's key.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headwater.core.errors import HeadwaterError

KEY_BYTES = 32
NONCE_BYTES = 12
HASHING = b"headwater keyed hash"  # so that no two uses have the same key


class Secret:
    """A text that never shows itself in a repr, a log line or an f-string; `reveal` is the only way out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and is_same(self._text, other._text)

    def __hash__(self) -> int:
        return hash(self._text)


class UnsealError(HeadwaterError):
    """A sealed value does not open with this installation's key: was secret.key replaced or lost."""

    code = "unseal_failed"


class Sealer:
    """Encrypts values at rest with the installation's key (AES-256-GCM, a fresh nonce each time).

    `context` is authenticated with the value: what was sealed as one thing does not open as another.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._hashing_key = hmac.digest(key, HASHING, hashlib.sha256)

    def seal(self, plain: bytes, *, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except InvalidTag as error:
            raise UnsealError from error

    def keyed_hash(self, text: str, *, context: str) -> bytes:
        """Return 32 bytes, always the same for the same text and context, that nobody without the key can know."""
        return hmac.digest(self._hashing_key, f"{context}\0{text}".encode(), hashlib.sha256)


def new_key() -> bytes:
    """Return a fresh key for a `Sealer`."""
    return os.urandom(KEY_BYTES)


def fingerprint(token: str) -> str:
    """Return the SHA-256 of a high-entropy token, in hex: what is stored instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
