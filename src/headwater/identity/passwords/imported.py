"""Password hashes of every family: checked when they come in, verified at login, replaced once their owner was here."""

import argon2

from headwater.core.secrets import Secret
from headwater.identity.config.hashing import Argon2, Bcrypt, Hashing
from headwater.identity.passwords import families
from headwater.identity.passwords.formats.argon2_hash import Argon2Hash
from headwater.identity.passwords.formats.bcrypt_hash import BcryptHash
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes

MAX_HASH_CHARACTERS = 4096
MAX_PASSWORD_BYTES = 4096  # more than the policy ever allowed; imported passwords never met the policy


def check(hashed: Secret) -> None:
    """Raise ImportedHashError, saying what is wrong, if nobody could sign in with `hashed`."""
    parse(hashed)


def verify(password: Secret, hashed: Secret) -> bool:
    """Tell whether `hashed` was made from `password`. This takes its time: see `Hasher.verify`."""
    return matches(password, parse(hashed))


def needs_rehash(hashed: Secret, *, hashing: Hashing) -> bool:
    """Tell whether `hashed` is anything but what `hashing` would make today."""
    try:
        return not _is_made_by(parse(hashed), hashing)
    except ImportedHashError:
        return True


def parse(hashed: Secret) -> Hashed:
    """Return `hashed` as something that verifies. Raises ImportedHashError, which quotes nothing of it."""
    if len(hashed.reveal()) > MAX_HASH_CHARACTERS or not hashed.reveal().isascii():
        raise ImportedHashError(f"A password hash must be ASCII, of at most {MAX_HASH_CHARACTERS} characters.")
    reader = families.reader_or_none(hashed.reveal())
    if reader is None:
        raise ImportedHashError(f"A password hash must begin with one of {', '.join(families.FAMILIES)}.")
    return reader(hashed.reveal())


def matches(password: Secret, known: Hashed) -> bool:
    """Tell whether `known` was made from `password`; never, if that is of a length that only an attacker sends."""
    return len(as_bytes(password)) <= MAX_PASSWORD_BYTES and known.verify(password)


def _is_made_by(known: Hashed, hashing: Hashing) -> bool:
    match hashing:
        case Bcrypt(cost=cost):
            return isinstance(known, BcryptHash) and known.cost == cost
        case Argon2():
            return isinstance(known, Argon2Hash) and _parameters(known) == (
                argon2.Type.ID,
                hashing.memory_bytes,
                hashing.iterations,
                hashing.parallelism,
                hashing.salt_bytes,
                hashing.key_bytes,
            )


def _parameters(known: Argon2Hash) -> tuple[argon2.Type, int, int, int, int, int]:
    return known.type, known.memory_bytes, known.passes, known.lanes, len(known.salt), len(known.hash)
