"""The crypt(3) families of MD5 and SHA-2, which Ory knows under names instead of `$1$`, `$5$` and `$6$`."""

import re
from dataclasses import dataclass

from passlib.handlers.md5_crypt import md5_crypt  # type: ignore[import-untyped]  # libpass ships no types
from passlib.handlers.sha2_crypt import sha256_crypt, sha512_crypt  # type: ignore[import-untyped]  # the same

from headwater.core.secrets import Secret
from headwater.identity.passwords.formats import fields
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes

MD5_PREFIX = "$md5-crypt$"
SHA_PREFIXES = ("$sha256-crypt$", "$sha512-crypt$")
PREFIXES = (MD5_PREFIX, *SHA_PREFIXES)
MD5_LAYOUT = "$md5-crypt$<salt of at most 8 characters>$<22 characters>"
SHA_LAYOUT = (
    "$sha512-crypt$rounds=<number>$<salt of at most 16 characters>$<86 characters; 43 for sha256>, "
    "where rounds=…$ may be absent"
)
MD5_PATTERN = re.compile(r"\$md5-crypt\$([./0-9A-Za-z]{0,8})\$([./0-9A-Za-z]{22})")
SHA_PATTERN = re.compile(
    r"\$(sha256|sha512)-crypt\$(?:rounds=(\d+)\$)?([./0-9A-Za-z]{0,16})\$([./0-9A-Za-z]{43}|[./0-9A-Za-z]{86})"
)
SHA_LENGTHS = {"sha256": 43, "sha512": 86}
HANDLERS = {"$1$": md5_crypt, "$5$": sha256_crypt, "$6$": sha512_crypt}
IDENTS = {"sha256": "$5$", "sha512": "$6$"}

# What libxcrypt takes (CRYPT_MAX_PASSPHRASE_SIZE): these families read the password again in every round.
MAX_PASSWORD_BYTES = 512
NUL = b"\0"  # ends a password for crypt(3)
DEFAULT_ROUNDS = 5000
LEAST_ROUNDS = 1000
MOST_ROUNDS = 2_000_000  # Ory has no bound; the largest default of any known maker is half of this
SLOW_ROUNDS = 50_000  # computed in Python, which nothing else can use meanwhile


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CryptHash(Hashed):
    ident: str
    rounds: int
    salt_and_hash: str

    @property
    def is_slow(self) -> bool:
        return self.rounds > SLOW_ROUNDS

    def verify(self, password: Secret) -> bool:
        plain = as_bytes(password)
        if len(plain) > MAX_PASSWORD_BYTES or NUL in plain:
            return False
        rounds = f"rounds={self.rounds}$" if self.rounds else ""
        return bool(HANDLERS[self.ident].verify(plain, f"{self.ident}{rounds}{self.salt_and_hash}"))


def parse(text: str) -> CryptHash:
    if text.startswith(MD5_PREFIX):
        salt, hashed = fields.match(MD5_PATTERN, text, layout=MD5_LAYOUT)
        return CryptHash(ident="$1$", rounds=0, salt_and_hash=f"{salt}${hashed}")
    name, rounds, salt, hashed = fields.match(SHA_PATTERN, text, layout=SHA_LAYOUT)
    if len(hashed) != SHA_LENGTHS[name]:
        raise ImportedHashError(f"The hash of {name}-crypt must be {SHA_LENGTHS[name]} characters long.")
    return CryptHash(
        ident=IDENTS[name],
        rounds=fields.number(
            rounds or str(DEFAULT_ROUNDS), name=f"the rounds of {name}-crypt", least=LEAST_ROUNDS, most=MOST_ROUNDS
        ),
        salt_and_hash=f"{salt}${hashed}",
    )
