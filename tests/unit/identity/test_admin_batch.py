import asyncio
import time

import pytest
from admin_stage import PEOPLE, READY_HASH, AdminStage, made, person, with_hash

from headwater.identity.passwords.overload import HashingOverloadedError
from headwater.identity.people import bulk
from headwater.store.tables import addresses, credentials, identifiers, identities, outbox

PATCH_ID = "a8cd883b-ff3a-4173-a02a-f8f4ff0811f0"

# A quarter of the goal, so that a busy machine fails nobody; `make bench` measures the goal.
LEAST_PEOPLE_PER_SECOND = 500


@pytest.fixture
async def stage(tmp_path):
    stage = await AdminStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def sent(client, *rows):
    return await client.patch(PEOPLE, json={"identities": list(rows)})


async def test_everyone_is_made_and_answered_in_order(stage, client):
    emails = [f"ada{n}@example.org" for n in range(5)]
    rows = [{"create": with_hash(email)} for email in emails]
    answer = await sent(client, {**rows[0], "patch_id": PATCH_ID}, *rows[1:])

    assert answer.status_code == 200
    results = answer.json()["identities"]
    assert results[0] == {"action": "create", "identity": results[0]["identity"], "patch_id": PATCH_ID}
    for email, result in zip(emails, results, strict=True):
        shown = (await client.get(f"{PEOPLE}/{result['identity']}")).json()
        assert shown["traits"] == {"email": email}
        assert await stage.password_fits(email, "correct horse battery")
    assert [event["event"] for event in await stage.events()] == ["Identity Created"] * 5
    assert {event["userId"] for event in await stage.events()} == {result["identity"] for result in results}


async def test_a_wrong_row_fails_alone_with_its_reason(stage, client):
    await made(client, person("taken@example.org", external_id="crm-1"))
    rows = [
        {"create": person("ada@example.org"), "patch_id": PATCH_ID},
        {"create": person("taken@example.org"), "patch_id": PATCH_ID},
        {"create": person("ADA@example.org")},
        {"create": person("x")},
        {"create": person("b@example.org", external_id="crm-1")},
        {"create": {**person("c@example.org"), "schema_id": "nonsense"}},
        {"create": person("d@example.org", credentials={"password": {"config": {"hashed_password": "nope"}}})},
        {"create": {**person("e@example.org"), "foo": 1}},
        {"create": person("f@example.org", credentials={"totp": {"config": {}}})},
        {"create": "x"},
        {"create": person("grace@example.org")},
    ]
    answer = await sent(client, *rows)

    assert answer.status_code == 200
    results = answer.json()["identities"]
    assert [result["action"] for result in results] == ["create", *["error"] * 9, "create"]
    assert [result["error"]["code"] for result in results[1:-1]] == [409, 409, 400, 409, 400, 400, 400, 501, 400]
    assert results[1]["patch_id"] == PATCH_ID
    assert all(result["error"]["reason"] for result in results[1:-1])
    assert await stage.count(identities) == 3
    assert await stage.count(outbox) == 3


async def test_a_batch_of_conflicts_only_is_a_conflict(stage, client):
    await made(client, person())
    answer = await sent(client, {"create": person()}, {"create": person()})

    assert answer.status_code == 409
    assert await stage.count(identities) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"identities": [{"create": {}}] * 1001},
        {"identities": [{"create": {}, "patch_id": "nope"}]},
        {"identities": "x"},
        {"identities": [{"delete": "x"}]},
        {"nonsense": []},
        [],
        None,
    ],
    ids=["many", "patch_id", "text", "delete", "unknown", "list", "null"],
)
async def test_a_batch_that_is_none_is_refused_whole(stage, client, body):
    assert (await client.patch(PEOPLE, json=body)).status_code == 400
    assert await stage.count(identities) == 0


async def test_nothing_asked_is_nothing_done(client):
    assert (await sent(client)).json() == {"identities": []}
    assert (await client.patch(PEOPLE, json={})).json() == {"identities": []}
    assert (await sent(client, {"patch_id": PATCH_ID})).json() == {"identities": [None]}


async def test_passwords_in_clear_are_hashed_but_only_so_many(stage, client):
    clear = {"password": {"config": {"password": "a passphrase"}}}
    rows = [{"create": person(f"ada{n}@example.org", credentials=clear)} for n in range(201)]
    refused = await sent(client, *rows)
    assert refused.status_code == 400
    assert "200" in refused.json()["error"]["reason"]
    assert await stage.count(identities) == 0

    assert (await sent(client, *rows[:3])).status_code == 200
    assert await stage.password_fits("ada2@example.org", "a passphrase")


async def test_a_flood_of_clear_passwords_gets_429_and_stores_nobody(stage, client):
    async def refuse(*_args, **_options):
        raise HashingOverloadedError

    stage.hasher.hash = refuse
    clear = {"password": {"config": {"password": "a"}}}
    answer = await sent(client, {"create": with_hash("a@example.org")}, {"create": person(credentials=clear)})

    assert answer.status_code == 429
    assert await stage.count(identities) == 0


async def test_who_is_overtaken_by_another_writer_fails_alone(stage, client, monkeypatch):
    """On databases with many writers somebody may take an identifier between our look and our insert."""
    await made(client, person("taken@example.org"))
    monkeypatch.setattr(bulk, "_taken", lambda *_args, **_options: set())
    rows = [{"create": person(f"{name}@example.org")} for name in ("ada", "taken", "grace")]
    answer = await sent(client, *rows)

    assert [result["action"] for result in answer.json()["identities"]] == ["create", "error", "create"]
    assert await stage.count(identities) == 3
    assert await stage.count(outbox) == 3
    for table in (credentials, identifiers):
        assert await stage.count(table) == 3
    assert await stage.count(addresses) == 6


async def test_a_thousand_with_ready_hashes_are_quick_and_hold_nobody_up(stage, client):
    await made(client, person("watcher@example.org"))
    rows = [{"create": with_hash(f"ada{n}@example.org")} for n in range(1000)]
    longest_seconds = 0.0

    async def watch():
        nonlocal longest_seconds
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0)
            longest_seconds = max(longest_seconds, time.perf_counter() - started)

    watcher = asyncio.create_task(watch())
    started = time.process_time()
    answer = await sent(client, *rows)
    spent_seconds = time.process_time() - started
    watcher.cancel()

    assert {result["action"] for result in answer.json()["identities"]} == {"create"}
    assert await stage.count(identities) == 1001
    assert spent_seconds < 1000 / LEAST_PEOPLE_PER_SECOND
    assert longest_seconds < 1


def test_the_ready_hash_is_one_that_ory_takes():
    assert READY_HASH.startswith("$2b$04$")
