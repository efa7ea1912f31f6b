import asyncio

import pytest
from identity_stage import ADA, Stage, message_ids, start_native, submit

from headwater.core.secrets import Secret
from headwater.identity.config.hashing import Argon2, Bcrypt
from headwater.identity.passwords import policy
from headwater.identity.passwords.hasher import Hasher, HashingOverloadedError

QUICK = Argon2(memory_bytes=1024 * 1024, iterations=1, parallelism=1)


@pytest.fixture
def hasher():
    hasher = Hasher(threads=1, waiting=1)
    yield hasher
    hasher.close()


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


async def test_bcrypt_never_takes_a_longer_password_for_its_first_72_bytes(hasher):
    hashed = await hasher.hash(Secret("x" * 72), hashing=Bcrypt(cost=4))

    assert not await hasher.verify(Secret("x" * 73), hashed=hashed)


async def test_a_full_pool_says_no_at_once_and_recovers(hasher):
    waiting = [asyncio.ensure_future(hasher.hash(Secret("x"), hashing=QUICK)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(HashingOverloadedError) as refused:
        await hasher.hash(Secret("x"), hashing=QUICK)
    assert refused.value.status == 429

    await asyncio.gather(*waiting)
    assert await hasher.hash(Secret("x"), hashing=QUICK)


async def test_a_flood_of_sign_ups_gets_429_and_the_flow_can_be_tried_again(tmp_path):
    stage = await Stage(tmp_path, hasher=Hasher(threads=1, waiting=0)).open()
    async with stage.client() as client:
        flows = [await start_native(client) for _ in range(8)]
        people = [{**ADA, "email": f"ada{number}@example.org"} for number in range(8)]
        answers = await asyncio.gather(*(submit(client, flow, one) for flow, one in zip(flows, people, strict=True)))
        statuses = {answer.status_code for answer in answers}
        assert statuses == {200, 429}
        late = next(number for number, answer in enumerate(answers) if answer.status_code == 429)
        assert (await submit(client, flows[late], people[late])).status_code == 200
    await stage.close()


async def test_under_bcrypt_more_than_72_bytes_are_refused_instead_of_cut_off(stage, client):
    stage.revise(lambda whole: whole.update(hashers={"algorithm": "bcrypt", "bcrypt": {"cost": 4}}))
    flow = await start_native(client)

    answer = await submit(client, flow, ADA, password="\u00e4" * 37)
    assert message_ids(answer.json(), "password") == [4000033]
    assert (await submit(client, flow, ADA, password="\u00e4" * 36)).status_code == 200


@pytest.mark.parametrize(
    ("password", "identifier", "expected"),
    [
        ("ada@example.org", "ada@example.org", True),
        ("ada@example.com", "ada@example.org", True),  # three edits
        ("abcdXYZW", "abcdefgh", True),  # four edits
        ("abcVWXYZ", "abcdefgh", False),  # five edits, three letters of eight in common
        ("example.org!", "ada@example.org", True),  # eleven of twelve letters in common
        ("abcd1234", "abcd@9876543210", False),  # exactly half is not more than half
        ("abcde234", "abcde@9876543210", True),
        ("correct horse battery", "ada@example.org", False),
        ("", "ada", False),
        ("x" * 300, "x" * 300, False),  # too long to compare, as in Kratos
    ],
)
def test_a_password_is_too_similar_by_kratoss_rule(password, identifier, expected):
    assert policy.is_similar(password, identifier) is expected
