"""Password hashes, made and checked off the event loop in a bounded pool.

A flood of sign-ups gets 429 and leaves the machine working. Password and hash are `Secret`s all the way:
tracebacks show locals.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import argon2
import bcrypt

from headwater.core.errors import TooManyRequestsError
from headwater.core.secrets import Secret
from headwater.identity.config.hashing import Argon2, Bcrypt, Hashing

Result = TypeVar("Result")

KIB = 1024
BCRYPT_MAX_BYTES = 72
BCRYPT_PREFIXES = ("$2a$", "$2b$", "$2y$")

# At about 0.1 s a hash, one waiting longer than this many others waits over two seconds on two cores.
DEFAULT_WAITING = 64


class HashingOverloadedError(TooManyRequestsError):
    """Too many people sign up or in at this moment; try again in a few seconds."""

    code = "hashing_overloaded"


class Hasher:
    """Threads for hashing. Build one per process; close it at the end."""

    def __init__(self, *, threads: int | None = None, waiting: int = DEFAULT_WAITING) -> None:
        workers = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(workers, "hash")
        self._places = workers + waiting
        self._taken = 0

    async def hash(self, password: Secret, *, hashing: Hashing) -> Secret:
        """Return a fresh hash in its usual text form. Raises HashingOverloadedError when the pool is full."""
        return await self._run(partial(_hash, password, hashing))

    async def verify(self, password: Secret, *, hashed: Secret) -> bool:
        """Tell whether `hashed` was made from `password`. Raises HashingOverloadedError when the pool is full."""
        return await self._run(partial(_verify, password, hashed))

    def close(self) -> None:
        self._pool.shutdown()

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._taken >= self._places:
            raise HashingOverloadedError
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._taken -= 1


def _hash(password: Secret, hashing: Hashing) -> Secret:
    match hashing:
        case Bcrypt(cost=cost):
            return Secret(bcrypt.hashpw(password.reveal().encode(), bcrypt.gensalt(cost)).decode())
        case Argon2():
            return Secret(_argon2(hashing).hash(password.reveal()))


def _verify(password: Secret, hashed: Secret) -> bool:
    if hashed.reveal().startswith(BCRYPT_PREFIXES):
        plain = password.reveal().encode()
        return len(plain) <= BCRYPT_MAX_BYTES and bcrypt.checkpw(plain, hashed.reveal().encode())
    try:
        return argon2.PasswordHasher().verify(hashed.reveal(), password.reveal())
    except argon2.exceptions.VerifyMismatchError:
        return False


def _argon2(hashing: Argon2) -> argon2.PasswordHasher:
    return argon2.PasswordHasher(
        time_cost=hashing.iterations,
        memory_cost=hashing.memory_bytes // KIB,
        parallelism=hashing.parallelism,
        hash_len=hashing.key_bytes,
        salt_len=hashing.salt_bytes,
        type=argon2.Type.ID,
    )
