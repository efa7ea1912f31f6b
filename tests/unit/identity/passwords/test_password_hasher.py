"""The pool: bounded, fair to ordinary logins, and the same time for people who don't exist."""

import asyncio
import base64
import time
from contextlib import suppress

import pytest
from hash_vectors import VECTORS, unpadded
from structlog.testing import capture_logs

from headwater.core.secrets import Secret
from headwater.identity.config.hashing import Argon2, Bcrypt
from headwater.identity.passwords import imported
from headwater.identity.passwords.hasher import Hasher, HashingOverloadedError, PasswordTooLongError

QUICK = Argon2(memory_bytes=1024 * 1024, iterations=1, parallelism=1)
NOTICEABLE = Argon2(memory_bytes=16 * 1024 * 1024, iterations=4, parallelism=1)
KEY = base64.b64encode(b"0123456789abcdef").decode().rstrip("=")
# About half a second each, and little memory.
SLOW = Secret(f"$pbkdf2-sha256$i=2500000,l=16${KEY}${KEY}")
DEADLINE_SECONDS = 30


@pytest.fixture
def make():
    made = []

    def hasher(**options):
        made.append(Hasher(**options))
        return made[-1]

    yield hasher
    for one in made:
        one.close()


@pytest.fixture
def hasher(make):
    return make(threads=1, waiting=1)


@pytest.mark.parametrize(
    ("hashing", "prefix"), [(QUICK, "$argon2id$v=19$m=1024,t=1,p=1$"), (Bcrypt(cost=4), "$2b$04$")]
)
async def test_a_hash_knows_its_own_password_and_no_other(hasher, hashing, prefix):
    hashed = await hasher.hash(Secret("correct horse"), hashing=hashing)

    assert hashed.reveal().startswith(prefix)
    assert prefix not in repr(hashed)
    assert await hasher.verify(Secret("correct horse"), hashed=hashed)
    assert not await hasher.verify(Secret("correct horsf"), hashed=hashed)
    assert hashed != await hasher.hash(Secret("correct horse"), hashing=hashing)


async def test_people_of_every_imported_family_can_sign_in(hasher):
    for password, hashed in VECTORS.values():
        assert await hasher.verify(Secret(password), hashed=Secret(hashed))


async def test_bcrypt_never_takes_a_longer_password_for_its_first_72_bytes(hasher):
    hashed = await hasher.hash(Secret("x" * 72), hashing=Bcrypt(cost=4))

    assert not await hasher.verify(Secret("x" * 73), hashed=hashed)
    with pytest.raises(PasswordTooLongError):
        await hasher.hash(Secret("x" * 73), hashing=Bcrypt(cost=4))


async def test_a_full_pool_says_no_at_once_and_recovers(hasher):
    waiting = [asyncio.ensure_future(hasher.hash(Secret("x"), hashing=QUICK)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(HashingOverloadedError) as refused:
        await hasher.hash(Secret("x"), hashing=QUICK)
    assert refused.value.status == 429

    await asyncio.gather(*waiting)
    assert await hasher.hash(Secret("x"), hashing=QUICK)


@pytest.mark.parametrize(
    "hashed", ["", "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$2b$05$"]
)
async def test_a_corrupt_stored_hash_is_a_wrong_password_and_a_logged_error_without_the_hash(hasher, hashed):
    with capture_logs() as logged:
        assert not await hasher.verify(Secret("correct horse"), hashed=Secret(hashed))

    assert [(entry["event"], entry["log_level"]) for entry in logged] == [("stored_password_hash_unreadable", "error")]
    assert "c2FsdHNhbHQ" not in str(logged)
    assert "correct horse" not in str(logged)


async def cpu_seconds(work, *, times=9):
    """The least that `work` took of any core: a busy machine doesn't change it."""
    least = float("inf")
    for _ in range(times):
        started = time.process_time()
        await work()
        least = min(least, time.process_time() - started)
    return least


@pytest.mark.parametrize("hashing", [NOTICEABLE, Bcrypt(cost=9)], ids=["argon2", "bcrypt"])
async def test_time_tells_mallory_nothing_about_who_exists(make, hashing):
    hasher = make(threads=1)
    hashed = await hasher.hash(Secret("correct horse"), hashing=hashing)
    known = await cpu_seconds(lambda: hasher.verify(Secret("a guess"), hashed=hashed))

    first = await cpu_seconds(lambda: make(threads=1).verify_nobody(Secret("a guess"), hashing=hashing))
    later = await cpu_seconds(lambda: hasher.verify_nobody(Secret("a guess"), hashing=hashing))
    assert first == pytest.approx(known, rel=0.5)
    assert later == pytest.approx(known, rel=0.5)


async def test_nobodys_password_is_never_the_one_that_was_tried(hasher):
    for _ in range(2):
        await hasher.verify_nobody(Secret("a guess"), hashing=QUICK)

    (hashed,) = hasher._nobodys.values()
    assert not await hasher.verify(Secret("a guess"), hashed=hashed)


async def test_slow_imported_hashes_leave_a_thread_for_everybody_else(make):
    hasher = make(threads=2)
    slow = [asyncio.ensure_future(hasher.verify(Secret("x"), hashed=SLOW)) for _ in range(3)]
    await asyncio.sleep(0)

    assert await hasher.hash(Secret("x"), hashing=QUICK)
    assert not any(one.done() for one in slow)
    assert await asyncio.gather(*slow) == [False] * 3


async def test_a_flood_of_slow_logins_is_refused_while_ordinary_ones_go_on(make):
    hasher = make(threads=2, heavy_waiting=1)
    slow = [asyncio.ensure_future(hasher.verify(Secret("x"), hashed=SLOW)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(HashingOverloadedError):
        await hasher.verify(Secret("x"), hashed=SLOW)

    assert await hasher.hash(Secret("x"), hashing=QUICK)
    assert await asyncio.gather(*slow) == [False] * 2
    assert await hasher.verify(Secret("x"), hashed=SLOW) is False


async def test_hanging_up_frees_no_place_while_the_thread_still_works(make):
    hasher = make(threads=1, waiting=0)
    slow = asyncio.ensure_future(hasher.verify(Secret("x"), hashed=SLOW))
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not hasher._pool._threads or hasher._pool._work_queue.qsize():  # noqa: ASYNC110  a thread sets no event
            await asyncio.sleep(0)
    slow.cancel()
    with suppress(asyncio.CancelledError):
        await slow
    with pytest.raises(HashingOverloadedError):
        await hasher.hash(Secret("x"), hashing=QUICK)

    async with asyncio.timeout(DEADLINE_SECONDS):
        while hasher._taken:  # noqa: ASYNC110  the same
            await asyncio.sleep(0.01)
    assert await hasher.hash(Secret("x"), hashing=QUICK)


async def test_hanging_up_in_the_queue_frees_the_place(make):
    hasher = make(threads=2, waiting=0, heavy_waiting=1)
    first = asyncio.ensure_future(hasher.verify(Secret("x"), hashed=SLOW))
    second = asyncio.ensure_future(hasher.verify(Secret("x"), hashed=SLOW))
    await asyncio.sleep(0)
    second.cancel()
    with suppress(asyncio.CancelledError):
        await second

    assert await hasher.hash(Secret("x"), hashing=QUICK)
    assert await first is False


@pytest.mark.parametrize(
    ("hashed", "units"),
    [
        (f"$argon2id$v=19$m=131072,t=8,p=1${KEY}${KEY}", 0),  # 128 MiB
        (f"$argon2id$v=19$m=131073,t=1,p=1${KEY}${KEY}", 512 * 1024 * 1024),
        (f"$argon2id$v=19$m=1048576,t=1,p=1${KEY}${KEY}", 1024 * 1024 * 1024),
        (f"$argon2i$v=19$m=131072,t=9,p=1${KEY}${KEY}", 512 * 1024 * 1024),  # slow
        (f"$scrypt$ln=131072,r=8,p=1${KEY}==${KEY}==", 0),
        (f"$scrypt$ln=131072,r=8,p=3${KEY}==${KEY}==", 512 * 1024 * 1024),
        (f"$firescrypt$ln=17,r=8,p=3${KEY}==${KEY}==$Bw==${KEY}==", 512 * 1024 * 1024),
        (f"$pbkdf2-sha256$i=2000000,l=16${KEY}${KEY}", 0),
        (f"$pbkdf2-sha1$i=1000001,l=32${KEY}${unpadded(bytes(32))}", 512 * 1024 * 1024),  # two blocks
        (VECTORS["bcrypt-2a"][1].replace("$05$", "$13$"), 0),
        (VECTORS["bcrypt-2a"][1].replace("$05$", "$14$"), 512 * 1024 * 1024),
        (VECTORS["sha512-crypt-rounds"][1], 0),
        (VECTORS["sha512-crypt-rounds"][1].replace("10000", "50001"), 512 * 1024 * 1024),
        (VECTORS["md5-crypt"][1], 0),
        (VECTORS["hmac-md4"][1], 0),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else str(value),
)
def test_heavy_hashes_together_take_at_most_a_gib_and_half_the_threads(make, hashed, units):
    assert make(threads=4)._heavy_bytes(imported.parse(Secret(hashed))) == units
