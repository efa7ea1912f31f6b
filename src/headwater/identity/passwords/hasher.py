"""Password hashes, made and checked off the event loop in a bounded pool.

A flood of sign-ups gets 429 and leaves the machine working, and so does a flood of logins with hashes that were
imported from elsewhere at ten seconds or a GiB each. Password and hash are `Secret`s all the way: tracebacks show
locals.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import argon2
import bcrypt
import structlog

from headwater.core import ids
from headwater.core.errors import BadRequestError
from headwater.core.secrets import Secret
from headwater.identity.config.hashing import Argon2, Bcrypt, Hashing
from headwater.identity.passwords import imported
from headwater.identity.passwords.formats.bcrypt_hash import MAX_PASSWORD_BYTES as BCRYPT_MAX_BYTES
from headwater.identity.passwords.formats.hashed import Hashed, ImportedHashError, as_bytes
from headwater.identity.passwords.lane import Lane
from headwater.identity.passwords.overload import HashingOverloadedError

Result = TypeVar("Result")
logger = structlog.get_logger(__name__)

KIB = 1024
MIB = KIB * KIB

# One thread alone could be held by one slow hash.
LEAST_THREADS = 2
# At about 0.1 s a hash, one waiting longer than this many others waits over two seconds on two cores.
DEFAULT_WAITING = 64

# Heavy is a hash that is slow or takes more memory than this. All heavy ones together take at most half the threads
# and at most HEAVY_LANE_BYTES (which one argon2 hash at its bound needs), and few may wait: nobody else notices them.
MOST_LIGHT_BYTES = 128 * MIB
HEAVY_LANE_BYTES = 1024 * MIB
HEAVY_WAITING = 8


class PasswordTooLongError(BadRequestError):
    """bcrypt, which this project is configured to use, reads 72 bytes of a password, and this one is longer."""

    code = "password_too_long"


class Hasher:
    """Threads for hashing. Build one per process; close it at the end."""

    def __init__(
        self, *, threads: int | None = None, waiting: int = DEFAULT_WAITING, heavy_waiting: int = HEAVY_WAITING
    ) -> None:
        workers = threads or max(LEAST_THREADS, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(workers, "hash")
        self._places = workers + waiting
        self._taken = 0
        self._heavy = Lane(capacity=HEAVY_LANE_BYTES, waiting=heavy_waiting)
        self._least_heavy_bytes = HEAVY_LANE_BYTES // max(1, workers // 2)
        self._nobodys: dict[Hashing, Secret] = {}

    async def hash(self, password: Secret, *, hashing: Hashing) -> Secret:
        """Return a fresh hash in its usual text form.

        Raises HashingOverloadedError when the pool is full, and PasswordTooLongError under bcrypt.
        """
        return await self._run(partial(_hash, password, hashing))

    async def verify(self, password: Secret, *, hashed: Secret) -> bool:
        """Tell whether `hashed` was made from `password`. Raises HashingOverloadedError when the pool is full."""
        try:
            known = imported.parse(hashed)
        except ImportedHashError as refusal:
            # Nobody can sign in with it. The message quotes nothing of the hash; a traceback's locals might.
            logger.error("stored_password_hash_unreadable", reason=refusal.message)  # noqa: TRY400  see above
            return False
        return await self._run(partial(imported.matches, password, known), heavy_bytes=self._heavy_bytes(known))

    async def verify_nobody(self, password: Secret, *, hashing: Hashing) -> None:
        """Take as long as `verify` with a hash of this configuration does, so that time tells nobody who exists."""
        hashed = self._nobodys.get(hashing)
        if hashed is None:
            # Making the hash takes just as long as verifying one: the first unknown name is no exception.
            self._nobodys[hashing] = await self.hash(Secret(ids.new_token("")), hashing=hashing)
            return
        await self.verify(password, hashed=hashed)

    def close(self) -> None:
        self._pool.shutdown()

    def _heavy_bytes(self, known: Hashed) -> int:
        """Return what `known` takes of the lane for heavy hashes: nothing, or its memory and at least a fair share."""
        if not known.is_slow and known.memory_bytes <= MOST_LIGHT_BYTES:
            return 0
        return max(known.memory_bytes, self._least_heavy_bytes)

    async def _run(self, work: Callable[[], Result], *, heavy_bytes: int = 0) -> Result:
        if self._taken >= self._places:
            raise HashingOverloadedError
        self._taken += 1
        try:
            if heavy_bytes:
                await self._heavy.take(heavy_bytes)
        except (HashingOverloadedError, asyncio.CancelledError):
            self._taken -= 1
            raise
        return await self._in_thread(work, heavy_bytes=heavy_bytes)

    async def _in_thread(self, work: Callable[[], Result], *, heavy_bytes: int) -> Result:
        """Run `work`, and give its place back when the thread is done: a client that hangs up doesn't stop it."""
        loop = asyncio.get_running_loop()

        def leave() -> None:
            self._taken -= 1
            self._heavy.give_back(heavy_bytes)

        def tell_loop(_: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(leave)

        task = self._pool.submit(work)
        task.add_done_callback(tell_loop)
        return await asyncio.wrap_future(task)


def _hash(password: Secret, hashing: Hashing) -> Secret:
    match hashing:
        case Bcrypt(cost=cost):
            if len(as_bytes(password)) > BCRYPT_MAX_BYTES:
                raise PasswordTooLongError
            return Secret(bcrypt.hashpw(as_bytes(password), bcrypt.gensalt(cost)).decode())
        case Argon2():
            return Secret(_argon2(hashing).hash(as_bytes(password)))


def _argon2(hashing: Argon2) -> argon2.PasswordHasher:
    return argon2.PasswordHasher(
        time_cost=hashing.iterations,
        memory_cost=hashing.memory_bytes // KIB,
        parallelism=hashing.parallelism,
        hash_len=hashing.key_bytes,
        salt_len=hashing.salt_bytes,
        type=argon2.Type.ID,
    )
