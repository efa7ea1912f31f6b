"""Password hashes alone, by the bare library: what sign-up and login are measured against."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import argon2

from headwater.identity.config.hashing import Argon2

KIB = 1024
PASSWORD = b"correct horse battery staple"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """How many were made in which time, and what of the processor they took together."""

    count: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_seconds_each(self) -> float:
        return self.cpu_seconds / self.count


def hasher(hashing: Argon2) -> argon2.PasswordHasher:
    """Return the library's hasher with these parameters."""
    return argon2.PasswordHasher(
        time_cost=hashing.iterations,
        memory_cost=hashing.memory_bytes // KIB,
        parallelism=hashing.parallelism,
        hash_len=hashing.key_bytes,
        salt_len=hashing.salt_bytes,
        type=argon2.Type.ID,
    )


def make(hashing: Argon2, *, seconds: float) -> Hashes:
    """Make hashes one after the other for about `seconds`."""
    library = hasher(hashing)
    return _timed(lambda: library.hash(PASSWORD), threads=1, seconds=seconds)


def verify_on_all_cores(hashing: Argon2, *, seconds: float) -> Hashes:
    """Verify a password for about `seconds`, one thread a core."""
    library = hasher(hashing)
    hashed = library.hash(PASSWORD)
    return _timed(lambda: library.verify(hashed, PASSWORD), threads=os.cpu_count() or 1, seconds=seconds)


def _timed(work: Callable[[], object], *, threads: int, seconds: float) -> Hashes:
    started, before = time.perf_counter(), time.process_time()
    end = started + seconds

    def until_the_end(_number: int) -> int:
        count = 0
        while time.perf_counter() < end:
            work()
            count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        count = sum(pool.map(until_the_end, range(threads)))
    return Hashes(count=count, seconds=time.perf_counter() - started, cpu_seconds=time.process_time() - before)
