"""bcrypt in all its spellings. `$2$` and `$2z$` are computed as `$2b$`, as Ory does."""

import re
from dataclasses import dataclass

import bcrypt

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields
from headwater.identity.passwords.formats.hashed import Hashed, as_bytes, is_same

PREFIXES = ("$2a$", "$2b$", "$2y$", "$2z$", "$2$")
LAYOUT = "$2b$<two digits of cost>$<22 characters of salt><31 characters of hash>"
PATTERN = re.compile(r"\$2[abyz]?\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})")
ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

MAX_PASSWORD_BYTES = 72  # bcrypt reads no more: a longer password must not pass for its beginning
LEAST_COST = 4
MOST_COST = 15
SLOW_COST = 14
UNUSED_BITS = 0b1111  # of the last character of 16 bytes of salt


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BcryptHash(Hashed):
    cost: int
    salt: str
    hash: str

    @property
    def is_slow(self) -> bool:
        return self.cost >= SLOW_COST

    def verify(self, password: Secret) -> bool:
        if len(as_bytes(password)) > MAX_PASSWORD_BYTES:
            return False
        made = bcrypt.hashpw(as_bytes(password), f"$2b${self.cost:02}${self.salt}".encode())
        return is_same(made[-len(self.hash) :], self.hash.encode())


def parse(text: str) -> BcryptHash:
    cost, salt, hashed = fields.match(PATTERN, text, layout=LAYOUT)
    return BcryptHash(
        cost=fields.number(cost, name="bcrypt's cost", least=LEAST_COST, most=MOST_COST),
        salt=_without_stray_bits(salt),
        hash=hashed,
    )


def _without_stray_bits(salt: str) -> str:
    """Some makers leave bits in the salt that no byte has; the library would refuse them."""
    return salt[:-1] + ALPHABET[ALPHABET.index(salt[-1]) & ~UNUSED_BITS]
