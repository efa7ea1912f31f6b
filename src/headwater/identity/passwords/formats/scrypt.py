"""scrypt (RFC 7914). Ory's `ln` is N itself, not its logarithm."""

import hashlib
import re
from dataclasses import dataclass

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes, is_same

PREFIXES = ("$scrypt$",)
LAYOUT = "$scrypt$ln=<N>,r=<block size>,p=<parallelisation>$<salt>$<hash>, both in padded base64"
PATTERN = re.compile(r"\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]*)\$([^$]*)")

LEAST_N = 2
MOST_N = 2**17
MOST_R = 8
MOST_P = 10
BYTES_PER_BLOCK = 128
BITS_PER_R = 16  # RFC 7914, section 2: N must be less than 2^(128 r / 8)
SLOW_WORK = 2**21
LIBRARY_MEMORY_BYTES = 256 * 1024 * 1024  # twice what the bounds allow: the library counts some more


@dataclass(frozen=True, slots=True, kw_only=True)
class ScryptCost:
    """The three parameters, within bounds."""

    n: int
    r: int
    p: int

    @property
    def memory_bytes(self) -> int:
        return BYTES_PER_BLOCK * self.n * self.r

    @property
    def is_slow(self) -> bool:
        return self.n * self.r * self.p > SLOW_WORK

    def derive(self, password: Secret, *, salt: bytes, length: int) -> bytes:
        """Return `length` bytes made from `password`."""
        plain = as_bytes(password)
        return hashlib.scrypt(plain, salt=salt, n=self.n, r=self.r, p=self.p, maxmem=LIBRARY_MEMORY_BYTES, dklen=length)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ScryptHash(Hashed):
    cost: ScryptCost
    salt: bytes
    hash: bytes

    @property
    def memory_bytes(self) -> int:
        return self.cost.memory_bytes

    @property
    def is_slow(self) -> bool:
        return self.cost.is_slow

    def verify(self, password: Secret) -> bool:
        return is_same(self.cost.derive(password, salt=self.salt, length=len(self.hash)), self.hash)


def parse(text: str) -> ScryptHash:
    n, r, p, salt, hashed = fields.match(PATTERN, text, layout=LAYOUT)
    return ScryptHash(
        cost=cost(fields.number(n, name="scrypt's ln (that is N)", least=LEAST_N, most=MOST_N), r=r, p=p),
        salt=fields.base64_field(salt, name="scrypt's salt"),
        hash=fields.key(fields.base64_field(hashed, name="scrypt's hash"), name="scrypt's hash"),
    )


def cost(n: int, *, r: str, p: str) -> ScryptCost:
    """Return the parameters if scrypt is defined for them and they are within bounds."""
    checked = ScryptCost(
        n=n,
        r=fields.number(r, name="scrypt's r", least=1, most=MOST_R),
        p=fields.number(p, name="scrypt's p", least=1, most=MOST_P),
    )
    if n & (n - 1):
        raise ImportedHashError("In a password hash, scrypt's N must be a power of two.")
    if n >= 2 ** (BITS_PER_R * checked.r):
        raise ImportedHashError("In a password hash, scrypt's N must be less than 2^(16 r).")
    return checked
