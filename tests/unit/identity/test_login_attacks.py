import asyncio
import base64
import hashlib
import json

import bcrypt
import pytest
from identity_stage import ADA, GRACE, PASSWORD, message_ids, register
from login_stage import WRONG, LoginStage, in_app, native, password_of, post_form, send, sign_in, whoami

from headwater.core.errors import UnavailableError
from headwater.core.secrets import Secret
from headwater.identity.flows.failures import Failures
from headwater.store.tables import credentials, sessions

LIMIT = 10


@pytest.fixture
async def stage(tmp_path):
    stage = await LoginStage(tmp_path).open()
    async with stage.client() as client:
        await register(client)
    yield stage
    await stage.close()


async def fail(client, identifier=ADA["email"], times=1):
    flow = await native(client)
    for _ in range(times):
        answer = await send(client, flow, password_of(identifier, WRONG))
    return answer


async def test_brute_force_ends_after_ten_failures_a_minute(stage, client):
    assert (await fail(client, times=LIMIT)).status_code == 400
    refused = await send(client, await native(client), password_of(ADA["email"]))

    assert refused.status_code == 429
    assert refused.json()["error"]["id"] == "too_many_failures"
    stage.clock.advance(61)
    assert (await sign_in(client))["session_token"]


async def test_brute_force_at_an_unknown_name_ends_alike(client):
    await fail(client, "no.body@example.org", times=LIMIT)
    assert (await fail(client, "no.body@example.org")).status_code == 429


async def test_brute_force_is_not_dodged_by_spelling_the_name_otherwise(client):
    for spelling in (ADA["email"], ADA["email"].upper()):
        await fail(client, spelling, times=LIMIT // 2)
    assert (await fail(client, f" {ADA['email'].title()} ")).status_code == 429


async def test_brute_force_at_one_name_keeps_no_other_out(stage, client):
    await register(client, GRACE)
    await fail(client, times=LIMIT)
    assert (await sign_in(client, GRACE["email"]))["session_token"]


async def test_brute_force_at_many_names_from_one_address_ends(stage, client):
    flow = await native(client)
    for number in range(100):
        await send(client, flow, password_of(f"{number}@example.org", WRONG))
    assert (await send(client, flow, password_of(ADA["email"]))).status_code == 429


async def test_only_failures_count_who_knows_the_password_comes_in_as_often_as_they_like(client):
    for _ in range(3):
        await fail(client, times=LIMIT - 1)
        await sign_in(client)


async def test_brute_force_by_guesses_at_the_same_moment_learns_no_more(stage, client):
    flows = [await native(client) for _ in range(LIMIT + 6)]
    wrong = [send(client, flow, password_of(ADA["email"], WRONG)) for flow in flows[:-1]]
    told = [answer.status_code for answer in await asyncio.gather(*wrong)]
    assert told.count(400) == LIMIT
    assert (await send(client, flows[-1], password_of(ADA["email"]))).status_code == 429


async def test_a_flood_of_names_takes_a_bounded_memory(stage):
    failures = Failures(clock=stage.clock)
    for number in range(60_000):
        failures.count(identifier=str(number), address="")
    assert len(failures._at) <= 50_000


async def test_account_enumeration_by_time_the_same_hashing_is_done_for_everybody(stage, client, monkeypatch):
    await _forget_password(stage, await _person_without_password(stage, client))
    done = []
    pool = stage.hasher._run

    async def counted(*arguments, **more):
        done.append(1)
        return await pool(*arguments, **more)

    monkeypatch.setattr(stage.hasher, "_run", counted)
    spent = {}
    for name in (ADA["email"], "no.body@example.org", GRACE["email"]):
        done.clear()
        await fail(client, name)
        spent[name] = len(done)

    assert set(spent.values()) == {1}


@pytest.mark.parametrize(
    "old",
    [
        pytest.param(lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(), id="bcrypt"),
        pytest.param(lambda: "$md5$" + base64.b64encode(hashlib.md5(PASSWORD.encode()).digest()).decode(), id="md5"),
    ],
)
async def test_an_imported_hash_is_made_ours_by_the_next_login(stage, client, old):
    await _store_hash(stage, old())
    await fail(client)
    assert not (await _hash(stage)).startswith("$argon2id$")
    await sign_in(client)
    assert (await _hash(stage)).startswith("$argon2id$")
    await sign_in(client)


async def test_a_password_changed_meanwhile_is_not_undone_by_making_an_old_hash_ours(stage, client, monkeypatch):
    await _store_hash(stage, bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode())
    hash_ = stage.hasher.hash

    async def hash_while_it_changes(*arguments, **more):
        await _store_hash(stage, "$changed$")
        return await hash_(*arguments, **more)

    monkeypatch.setattr(stage.hasher, "hash", hash_while_it_changes)
    await sign_in(client)
    assert await _hash(stage) == "$changed$"


async def test_a_hash_is_made_ours_with_the_session_or_not_at_all(stage, client, monkeypatch):
    await _store_hash(stage, bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode())

    def dies(*_arguments, **_more):
        raise UnavailableError

    monkeypatch.setattr("headwater.identity.login.entrance.outbox.enqueue", dies)
    assert (await send(client, await native(client), password_of(ADA["email"]))).status_code == 503
    assert (await _hash(stage)).startswith("$2b$")


async def test_a_stored_hash_that_nobody_can_read_lets_nobody_in(stage, client):
    await _store_hash(stage, "nonsense")
    answer = await send(client, await native(client), password_of(ADA["email"], ""))
    assert message_ids(answer.json(), "password") == [4000002]
    assert message_ids((await fail(client)).json()) == [4000006]


async def test_somebody_an_operator_made_without_a_password_has_none(stage, client):
    await _forget_password(stage, await _person_without_password(stage, client))
    for password in ("", "x", PASSWORD):
        answer = await send(client, await native(client), password_of(GRACE["email"], password))
        assert answer.status_code == 400


async def test_somebody_disabled_while_the_password_is_checked_does_not_come_in(stage, client, monkeypatch):
    verify = stage.hasher.verify

    async def verify_while_disabled(*arguments, **more):
        found = await verify(*arguments, **more)
        await stage.database.write(lambda c: c.exec_driver_sql("UPDATE identities SET state = 'inactive'"))
        return found

    monkeypatch.setattr(stage.hasher, "verify", verify_while_disabled)
    answer = await send(client, await native(client), password_of(ADA["email"]))
    assert message_ids(answer.json()) == [4010011]
    assert await stage.count(sessions) == 1


async def test_somebody_deleted_while_the_password_is_checked_is_no_error_of_ours(stage, client, monkeypatch):
    verify = stage.hasher.verify

    async def verify_while_deleted(*arguments, **more):
        found = await verify(*arguments, **more)
        await stage.database.write(lambda c: c.exec_driver_sql("DELETE FROM identities"))
        return found

    monkeypatch.setattr(stage.hasher, "verify", verify_while_deleted)
    answer = await send(client, await native(client), password_of(ADA["email"]))
    assert answer.status_code == 400
    assert await stage.count(sessions) == 0


@pytest.mark.parametrize("identifier", ["' OR '1'='1", "ada@example.org' --", '{"$ne": null}', "\x00", "{{7*7}}"])
async def test_sql_injection_by_identifier_finds_nobody(client, identifier):
    answer = await send(client, await native(client), password_of(identifier))
    assert message_ids(answer.json()) == [4000006]


async def test_an_endless_identifier_is_just_unknown(client):
    answer = await send(client, await native(client), password_of("a" * 100_000))
    assert message_ids(answer.json()) == [4000006]


async def test_another_projects_people_do_not_come_in(stage, client):
    stage.project_id = "22222222-2222-4222-8222-222222222222"
    row = "INSERT INTO projects (id, slug, name, environment, revision_id, document, created_at_ms, updated_at_ms) "
    row += f"VALUES ('{stage.project_id}', 'q', 'q', 'prod', 'r', '{{}}', 0, 0)"
    await stage.database.write(lambda c: c.exec_driver_sql(row))
    stage.revision += 1

    assert message_ids((await send(client, await native(client), password_of(ADA["email"]))).json()) == [4000006]


async def test_the_token_of_a_login_is_stored_hashed_only(stage, client):
    token = (await sign_in(client))["session_token"]
    rows = await stage.database.read(lambda c: str(c.execute(sessions.select()).all()))
    assert token not in rows
    assert (await whoami(client, token)).status_code == 200


async def _person_without_password(stage, client):
    return (await register(client, GRACE))["identity"]["id"]


async def _forget_password(stage, identity_id):
    change = credentials.update().where(credentials.c.identity_id == identity_id, credentials.c.type == "password")
    await stage.database.write(lambda connection: connection.execute(change.values(config="{}")))


async def _store_hash(stage, hashed):
    config = json.dumps({"hashed_password": Secret(hashed).reveal()})
    change = credentials.update().where(credentials.c.type == "password").values(config=config)
    await stage.database.write(lambda connection: connection.execute(change))


async def _hash(stage):
    query = credentials.select().where(credentials.c.type == "password")
    row = await stage.database.read(lambda connection: connection.execute(query).one())
    return json.loads(row.config)["hashed_password"]


async def test_a_page_that_was_tried_too_often_keeps_its_form_and_says_why(stage, client):
    await fail(client, times=LIMIT)
    flow = await in_app(client)
    answer = await post_form(client, flow, password_of(ADA["email"]))

    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"/ui/login?flow={flow['id']}")
    shown = (await client.get("/self-service/login/flows", params={"id": flow["id"]})).json()
    assert "Too many failed attempts" in shown["ui"]["messages"][0]["text"]
