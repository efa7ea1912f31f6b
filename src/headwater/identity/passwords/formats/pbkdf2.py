"""PBKDF2 (RFC 8018). Under `sha224` and `sha384` Ory computes SHA3-224 and SHA3-384, and so must we."""

import hashlib
import re
from dataclasses import dataclass

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes, is_same

DIGESTS = {"sha1": "sha1", "sha224": "sha3_224", "sha256": "sha256", "sha384": "sha3_384", "sha512": "sha512"}
PREFIXES = tuple(f"$pbkdf2-{name}$" for name in DIGESTS)
LAYOUT = "$pbkdf2-sha256$i=<iterations>,l=<bytes>$<salt>$<hash>, both in base64 without padding"
PATTERN = re.compile(r"\$pbkdf2-(sha\d+)\$i=(\d+),l=(\d+)\$([^$]*)\$([^$]*)")

MOST_ITERATIONS = 10_000_000
SLOW_ITERATIONS = 2_000_000  # counted once for each block of the digest's size that the key has


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Pbkdf2Hash(Hashed):
    digest: str
    iterations: int
    salt: bytes
    hash: bytes

    @property
    def is_slow(self) -> bool:
        blocks = -(-len(self.hash) // hashlib.new(self.digest).digest_size)
        return self.iterations * blocks > SLOW_ITERATIONS

    def verify(self, password: Secret) -> bool:
        made = hashlib.pbkdf2_hmac(self.digest, as_bytes(password), self.salt, self.iterations, len(self.hash))
        return is_same(made, self.hash)


def parse(text: str) -> Pbkdf2Hash:
    name, iterations, length, salt, hashed = fields.match(PATTERN, text, layout=LAYOUT)
    parsed = Pbkdf2Hash(
        digest=DIGESTS[name],
        iterations=fields.number(iterations, name="pbkdf2's i", least=1, most=MOST_ITERATIONS),
        salt=fields.unpadded_base64_field(salt, name="pbkdf2's salt"),
        hash=fields.key(fields.unpadded_base64_field(hashed, name="pbkdf2's hash"), name="pbkdf2's hash"),
    )
    if int(length) != len(parsed.hash):
        raise ImportedHashError("In a password hash, pbkdf2's l must be the length of its hash in bytes.")
    return parsed
