"""HMAC (RFC 2104) of the password under a key that is kept beside it: base64 of its hex digits, then of the key."""

import hmac
import re
from dataclasses import dataclass

from passlib.crypto.digest import lookup_hash  # type: ignore[import-untyped]  # libpass ships no types

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes, is_same

DIGESTS = ("md4", "md5", "sha1", "sha224", "sha256", "sha384", "sha512")
PREFIXES = tuple(f"$hmac-{name}$" for name in DIGESTS)
LAYOUT = "$hmac-sha256$<hex digits of the hash, in base64>$<key>, both in padded base64"
PATTERN = re.compile(r"\$hmac-([a-z0-9]+)\$([^$]*)\$([^$]*)")
HEX = re.compile(rb"(?:[0-9a-f]{2})*")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HmacHash(Hashed):
    digest: str
    key: bytes
    hash: bytes

    def verify(self, password: Secret) -> bool:
        # The library has MD4 of its own: OpenSSL 3 no longer offers it.
        made = hmac.new(self.key, as_bytes(password), lookup_hash(self.digest).const)
        return is_same(made.digest(), self.hash)


def parse(text: str) -> HmacHash:
    name, encoded, key = fields.match(PATTERN, text, layout=LAYOUT)
    digits = fields.base64_field(encoded, name=f"the hash of hmac-{name}")
    if not HEX.fullmatch(digits):
        raise ImportedHashError(f"In a password hash, the hash of hmac-{name} must be base64 of lower-case hex digits.")
    size_bytes = lookup_hash(name).digest_size
    return HmacHash(
        digest=name,
        key=fields.base64_field(key, name=f"the key of hmac-{name}"),
        hash=fields.digest(
            bytes.fromhex(digits.decode()), name=f"the hash of hmac-{name}, decoded twice,", size_bytes=size_bytes
        ),
    )
