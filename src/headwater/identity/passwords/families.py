"""The table of all hash families: a prefix, and who reads what begins with it."""

from collections.abc import Callable

from headwater.identity.passwords.formats import (
    argon2_hash,
    bcrypt_hash,
    crypt_hash,
    digest,
    firescrypt,
    hmac_digest,
    pbkdf2,
    scrypt,
    ssha,
)
from headwater.identity.passwords.formats.hashed import Hashed

MODULES = (argon2_hash, bcrypt_hash, pbkdf2, scrypt, firescrypt, ssha, digest, crypt_hash, hmac_digest)
FAMILIES: dict[str, Callable[[str], Hashed]] = {prefix: it.parse for it in MODULES for prefix in it.PREFIXES}


def reader_or_none(text: str) -> Callable[[str], Hashed] | None:
    """Return who can read `text`. No prefix begins another, so their order means nothing."""
    return next((parse for prefix, parse in FAMILIES.items() if text.startswith(prefix)), None)
