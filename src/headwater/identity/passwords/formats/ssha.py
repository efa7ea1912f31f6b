"""Salted SHA as LDAP directories keep it (`{SSHA}` and its larger siblings): base64 of digest, then salt."""

import hashlib
import re
from dataclasses import dataclass

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes, is_same

DIGESTS = {"SSHA": "sha1", "SSHA256": "sha256", "SSHA512": "sha512"}
PREFIXES = tuple(f"{{{name}}}" for name in DIGESTS)
LAYOUT = "{SSHA}<padded base64 of digest and salt>"
PATTERN = re.compile(r"\{(SSHA|SSHA256|SSHA512)\}(.*)")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SaltedShaHash(Hashed):
    digest: str
    salt: bytes
    hash: bytes

    def verify(self, password: Secret) -> bool:
        return is_same(hashlib.new(self.digest, as_bytes(password) + self.salt).digest(), self.hash)


def parse(text: str) -> SaltedShaHash:
    name, encoded = fields.match(PATTERN, text, layout=LAYOUT)
    digest = DIGESTS[name]
    size_bytes = hashlib.new(digest).digest_size
    decoded = fields.loose_base64_field(encoded, name=f"what follows {{{name}}}")
    if len(decoded) <= size_bytes:
        raise ImportedHashError(
            f"A {{{name}}} hash must be {size_bytes} bytes of digest and then at least one of salt."
        )
    return SaltedShaHash(digest=digest, salt=decoded[size_bytes:], hash=decoded[:size_bytes])
