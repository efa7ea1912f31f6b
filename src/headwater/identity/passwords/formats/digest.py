"""One plain digest of password and salt, arranged by a password format (`pf`) such as `{SALT}{PASSWORD}`; or MD5 bare.

These are no password hashes by today's measure: whoever signs in with one gets a better one at once.
"""

import hashlib
import re
from dataclasses import dataclass

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes, is_same

DIGESTS = ("sha1", "sha256", "sha512", "md5")
PREFIXES = tuple(f"${name}$" for name in DIGESTS)
LAYOUT = "$sha256$pf=<format>$<salt>$<hash>, all in padded base64 (or $md5$<hash>)"
PATTERN = re.compile(r"\$(sha1|sha256|sha512|md5)\$pf=([^$]+)\$([^$]*)\$([^$]*)")
BARE_PATTERN = re.compile(r"\$(md5)\$([^$]+)")

SALT = b"{SALT}"
PASSWORD = b"{PASSWORD}"
PLACEHOLDER = re.compile(rb"\{SALT\}|\{PASSWORD\}")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DigestHash(Hashed):
    digest: str
    format: bytes
    salt: bytes
    hash: bytes

    def verify(self, password: Secret) -> bool:
        values = {SALT: self.salt, PASSWORD: as_bytes(password)}
        # In one pass: a password that spells {SALT} means these six characters.
        arranged = PLACEHOLDER.sub(lambda found: values[found[0]], self.format)
        return is_same(hashlib.new(self.digest, arranged).digest(), self.hash)


def parse(text: str) -> DigestHash:
    bare = BARE_PATTERN.fullmatch(text)
    if bare is not None and not bare[2].startswith("pf="):
        return DigestHash(digest=bare[1], format=PASSWORD, salt=b"", hash=_digest(bare[2], name=bare[1]))
    name, encoded_format, salt, hashed = fields.match(PATTERN, text, layout=LAYOUT)
    arrangement = fields.base64_field(encoded_format, name=f"the pf of {name}")
    if PASSWORD not in arrangement:
        # Any password would match.
        raise ImportedHashError(f"In a password hash, the pf of {name} must contain {{PASSWORD}}.")
    return DigestHash(
        digest=name,
        format=arrangement,
        salt=fields.base64_field(salt, name=f"the salt of {name}"),
        hash=_digest(hashed, name=name),
    )


def _digest(text: str, *, name: str) -> bytes:
    decoded = fields.base64_field(text, name=f"the {name} digest")
    return fields.digest(decoded, name=f"the {name} digest", size_bytes=hashlib.new(name).digest_size)
