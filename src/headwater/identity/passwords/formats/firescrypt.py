"""Firebase's variant of scrypt: the derived key encrypts the project's signer key, and the result is the hash."""

import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields, scrypt
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, is_same
from headwater.identity.passwords.formats.scrypt import ScryptCost

PREFIXES = ("$firescrypt$",)
LAYOUT = (
    "$firescrypt$ln=<mem_cost>,r=<rounds>,p=<parallelisation>$<salt>$<hash>$<salt separator>$<signer key>, "
    "all in padded base64"
)
PATTERN = re.compile(r"\$firescrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]*)\$([^$]*)\$([^$]*)\$([^$]*)")

MOST_LN = 17
KEY_BYTES = 32
# Every key encrypts one thing only, so Firebase counts from zero.
NONCE = bytes(16)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FirescryptHash(Hashed):
    cost: ScryptCost
    salt: bytes
    hash: bytes
    signer_key: bytes

    @property
    def memory_bytes(self) -> int:
        return self.cost.memory_bytes

    @property
    def is_slow(self) -> bool:
        return self.cost.is_slow

    def verify(self, password: Secret) -> bool:
        key = self.cost.derive(password, salt=self.salt, length=KEY_BYTES)
        encryptor = Cipher(AES(key), CTR(NONCE)).encryptor()
        return is_same(encryptor.update(self.signer_key), self.hash)


def parse(text: str) -> FirescryptHash:
    ln, r, p, salt, hashed, separator, signer_key = fields.match(PATTERN, text, layout=LAYOUT)
    log2_n = fields.number(ln, name="firescrypt's ln", least=1, most=MOST_LN)
    parsed = FirescryptHash(
        cost=scrypt.cost(1 << log2_n, r=r, p=p),
        salt=fields.base64_field(salt, name="firescrypt's salt")
        + fields.base64_field(separator, name="firescrypt's salt separator"),
        hash=fields.key(fields.base64_field(hashed, name="firescrypt's hash"), name="firescrypt's hash"),
        signer_key=fields.base64_field(signer_key, name="firescrypt's signer key"),
    )
    if len(parsed.hash) != len(parsed.signer_key):
        raise ImportedHashError("In a password hash, firescrypt's hash and signer key must be of the same length.")
    return parsed
