"""People whose password another system knows: asked once, told to nobody, and nothing to be learnt from it."""

import asyncio
import json

import pytest
import structlog
from admin_stage import READY_HASH
from identity_stage import ADA, ADMIN, PASSWORD, PROJECT, jsonnet, message_ids, register
from login_stage import LoginStage, native, password_of, send
from sqlalchemy import select

from headwater.identity.people import credentials as owned
from headwater.store.tables import credentials, sessions

OLD = "old horse battery"
GRACE = "grace@example.org"
NOBODY = "nobody@example.org"
MATCH = {"status": "password_match"}
LIMIT = 10


@pytest.fixture
async def stage(tmp_path):
    stage = await LoginStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def grace(stage, client):
    """Grace, who was imported without a password."""
    answer = await client.post("/admin/identities", json=imported(), headers=ADMIN)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def hook(stage, receiver, grace):
    """The hook, switched on by a call; its receiver knows Grace's password."""
    receiver.will_say(MATCH)
    return lambda **config: stage.revise(lambda whole: set_hook(whole, {"url": receiver.url, **config}))


def set_hook(whole, config, *, enabled=True):
    policy = whole["selfservice"]["methods"].setdefault("password", {}).setdefault("config", {})
    policy["migrate_hook"] = {"enabled": enabled, "config": config}


def imported(email=GRACE, **more):
    config = {"use_password_migration_hook": True, **more}
    return {"schema_id": "person", "traits": {"email": email}, "credentials": {"password": {"config": config}}}


async def attempt(client, identifier=GRACE, password=OLD):
    return await send(client, await native(client), password_of(identifier, password))


async def test_the_old_password_lets_her_in_and_is_hers_here_from_then_on(stage, client, receiver, grace, hook):
    hook()
    first = await attempt(client)
    second = await attempt(client)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["session"]["identity"]["id"] == grace["id"]
    assert receiver.bodies == [{"identifier": GRACE, "password": OLD}]  # once
    config = await stage.database.read(lambda c: c.execute(select(credentials.c.config)).scalar_one())
    assert list(json.loads(config)) == ["hashed_password"]
    assert json.loads(config)["hashed_password"].startswith("$argon2id$")
    assert message_ids((await attempt(client, password="another")).json()) == [4000006]


async def test_what_is_typed_in_another_spelling_is_asked_by_the_name_we_know(client, receiver, grace, hook):
    hook()
    assert (await attempt(client, f" {GRACE.title()} ")).status_code == 200
    assert receiver.bodies[0]["identifier"] == GRACE


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        pytest.param(403, {}, id="403"),
        pytest.param(403, MATCH, id="403, whatever it says"),
        pytest.param(200, {"status": "no"}, id="another word"),
        pytest.param(200, {"status": ["password_match"]}, id="another type"),
        pytest.param(200, "password_match", id="a text"),
        pytest.param(200, {**MATCH, "padding": " " * 1024}, id="over a KiB"),
    ],
)
async def test_whoever_the_receiver_turns_away_reads_what_everybody_reads(client, receiver, hook, status, reply):
    hook()
    receiver.will_say(reply, status=status)
    refused, unknown = await attempt(client), await attempt(client, NOBODY)

    assert (refused.status_code, message_ids(refused.json())) == (400, [4000006])
    assert scrubbed(refused) == scrubbed(unknown)
    receiver.will_say(MATCH)
    assert (await attempt(client)).status_code == 200


def scrubbed(answer):
    shown = answer.json()
    for name in ("id", "created_at", "updated_at", "issued_at", "expires_at", "request_url"):
        shown.pop(name)
    shown["ui"].pop("action")
    return json.dumps(shown).replace(GRACE, "X").replace(NOBODY, "X")


@pytest.mark.parametrize("status", [201, 204, 400, 401, 404, 429, 500, 503])
async def test_any_other_answer_is_no_answer_and_nobody_comes_in(stage, client, receiver, hook, status):
    hook()
    receiver.will_say(MATCH, status=status)
    answer = await attempt(client)

    assert (answer.status_code, answer.json()["error"]["id"]) == (502, "password_not_checked")
    assert len(receiver.bodies) == (3 if status in (429, 500, 503) else 1)  # as a web_hook is tried
    assert await stage.count(sessions) == 0
    receiver.will_say(MATCH)
    assert (await attempt(client)).status_code == 200


async def test_a_receiver_that_is_not_there_lets_nobody_in(stage, client, grace):
    stage.revise(lambda whole: set_hook(whole, {"url": "http://127.0.0.1:9/"}))
    assert (await attempt(client)).status_code == 502


async def test_guesses_are_counted_by_whatever_way_the_receiver_says_no(client, receiver, grace, hook):
    hook()
    for status in (403, 401) * (LIMIT // 2):  # many a system says 401, which is no answer to us
        receiver.will_say({}, status=status)
        await attempt(client, password="guess")
    receiver.will_say(MATCH)
    assert (await attempt(client)).status_code == 429
    assert len(receiver.bodies) == LIMIT


async def test_guesses_at_one_moment_are_asked_one_by_one_and_ten_at_most(client, receiver, grace, hook):
    hook()
    receiver.will_say({}, status=403)
    flows = [await native(client) for _ in range(3 * LIMIT)]
    answers = await asyncio.gather(*(send(client, flow, password_of(GRACE, "guess")) for flow in flows))

    assert len(receiver.bodies) == LIMIT
    assert sorted({answer.status_code for answer in answers}) == [400, 429]


async def test_nobody_is_found_by_how_long_a_refusal_takes(stage, client, receiver, grace, hook):
    await register(client)
    hook()
    receiver.will_say({}, status=403)

    async def ponder():
        stage.clock.advance(0.7)

    receiver.before_answer = ponder

    async def seconds(identifier):
        flow = await native(client)
        before = stage.clock.monotonic()
        await send(client, flow, password_of(identifier, "guess"))
        return stage.clock.monotonic() - before

    assert await seconds(GRACE) == pytest.approx(0.7)
    assert [await seconds(who) for who in (NOBODY, ADA["email"])] == pytest.approx([0.7, 0.7])
    stage.revise(lambda whole: set_hook(whole, {"url": receiver.url}, enabled=False))
    assert await seconds(NOBODY) == pytest.approx(0)


async def test_nobody_else_is_asked_about(stage, client, receiver, grace, hook):
    await register(client)
    hook()
    await attempt(client, NOBODY)
    await attempt(client, ADA["email"], "guess")
    assert (await attempt(client, ADA["email"], PASSWORD)).status_code == 200
    assert receiver.bodies == []


async def test_switched_off_it_asks_nobody_and_lets_nobody_in(stage, client, receiver, grace):
    for config in ({"url": receiver.url}, None):
        stage.revise(lambda whole, config=config: set_hook(whole, config, enabled=config is None))
        assert message_ids((await attempt(client)).json()) == [4000006]
    assert receiver.bodies == []


async def test_a_disabled_person_stays_out_and_keeps_their_old_password(stage, client, grace, hook):
    hook()
    body = [{"op": "replace", "path": "/state", "value": "inactive"}]
    await client.patch(f"/admin/identities/{grace['id']}", json=body, headers=ADMIN)
    answer = await attempt(client)

    assert answer.status_code != 200
    assert await is_migrating(stage)


async def is_migrating(stage):
    found = await stage.database.read(lambda c: owned.find_by_identifier(c, GRACE, type="password", project_id=PROJECT))
    return owned.uses_migration_hook(found)


async def test_a_login_that_a_hook_stops_has_migrated_nothing(stage, client, receiver, grace, hook):
    hook()
    after = {"hook": "web_hook", "config": {"url": "http://127.0.0.1:9/", "method": "TRACE"}}
    stage.revise(lambda whole: whole["selfservice"]["flows"]["login"].update(after={"hooks": [after]}))
    assert (await attempt(client)).status_code == 502
    assert await is_migrating(stage)


async def test_a_body_of_ones_own_sees_who_it_is_and_every_header_but_the_persons_own_way_in(
    client, receiver, grace, hook
):
    hook(body=jsonnet("function(ctx) ctx"), method="PUT", headers={"X-Tenant": "a"})
    flow = await native(client)
    mine = {"X-Forwarded-For": "1.2.3.4", "X-Anything": "y", "Authorization": "Bearer t", "X-Session-Token": "t"}
    await send(client, flow, {**password_of(GRACE, OLD), "transient_payload": {"a": 1}}, **mine)

    (ctx,) = receiver.bodies
    assert (ctx["identifier"], ctx["password"]) == (GRACE, OLD)
    assert ctx["identity"]["id"] == grace["id"]
    assert "credentials" not in ctx["identity"]
    assert (ctx["flow"]["id"], ctx["flow"]["transient_payload"]) == (flow["id"], {"a": 1})
    assert (ctx["request_method"], "session" in ctx) == ("POST", False)
    shown = {"X-Forwarded-For", "X-Anything"} & ctx["request_headers"].keys()
    assert shown == {"X-Forwarded-For", "X-Anything"}
    assert not {"Authorization", "X-Session-Token"} & ctx["request_headers"].keys()
    assert receiver.headers[0]["X-Tenant"] == "a"
    assert receiver.headers[0]["Ory-Webhook-Trigger-ID"]


async def test_a_cancelled_question_lets_nobody_in(client, receiver, grace, hook):
    """In Kratos it does."""
    hook(body=jsonnet("function(ctx) error 'cancel'"))
    assert message_ids((await attempt(client)).json()) == [4000006]
    assert receiver.bodies == []


@pytest.mark.parametrize("quoting", ["function(ctx) error ctx.password", "function(ctx) {a: ctx.nothing}"])
async def test_no_log_and_no_error_quotes_a_password(stage, client, receiver, hook, quoting):
    with structlog.testing.capture_logs() as logs:
        hook()
        receiver.will_say({"echo": OLD}, status=500)
        shown = [(await attempt(client)).text]
        hook(body=jsonnet(quoting))
        shown.append((await attempt(client)).text)
    receiver.will_say(MATCH)
    hook()
    assert (await attempt(client)).status_code == 200

    assert [entry["event"] for entry in logs if entry["event"] == "password_not_checked"] == [
        "password_not_checked"
    ] * 2
    stored = (stage.folder / "core.db").read_bytes() + (stage.folder / "core.db-wal").read_bytes()
    for text in (*shown, str(logs), repr(stored)):
        assert OLD not in text
    assert await stage.queued() == []


async def test_an_import_that_says_both_is_refused(client):
    for both in (
        {"password": OLD},
        {"hashed_password": READY_HASH},
    ):
        answer = await client.post("/admin/identities", json=imported(**both), headers=ADMIN)
        assert answer.status_code == 400
        assert "use_password_migration_hook" in answer.text
        assert OLD not in answer.text


async def test_many_are_imported_at_once(client, hook):
    hook()
    rows = [{"create": imported(f"p{number}@example.org")} for number in range(3)]
    answer = await client.patch("/admin/identities", json={"identities": rows}, headers=ADMIN)
    assert [row["action"] for row in answer.json()["identities"]] == ["create"] * 3
    assert (await attempt(client, "p1@example.org")).status_code == 200


async def test_a_password_of_her_own_ends_it(stage, client, receiver, grace, hook):
    hook()
    session = (await attempt(client)).json()["session_token"]
    again = await client.put(f"/admin/identities/{grace['id']}", json={**imported(), "state": "active"}, headers=ADMIN)
    assert again.status_code == 200
    assert await is_migrating(stage)  # an operator may send her back
    headers = {"X-Session-Token": session}
    flow = (await client.get("/self-service/settings/api", headers=headers)).json()
    body = {"method": "password", "password": "brand new horse"}
    saved = await client.post(f"/self-service/settings?flow={flow['id']}", json=body, headers=headers)
    assert saved.status_code == 200
    assert (await attempt(client)).status_code == 400
    assert (await attempt(client, password="brand new horse")).status_code == 200


async def test_traits_and_addresses_may_change_while_the_password_is_elsewhere(stage, client, grace, hook):
    hook()
    body = [{"op": "replace", "path": "/traits/email", "value": "admiral@example.org"}]
    assert (await client.patch(f"/admin/identities/{grace['id']}", json=body, headers=ADMIN)).status_code == 200
    assert (await attempt(client)).status_code == 400
    assert (await attempt(client, "admiral@example.org")).status_code == 200


async def test_the_receiver_may_ask_who_asks(client, receiver, grace, hook):
    hook(auth={"type": "basic_auth", "config": {"user": "crm", "password": "hunter2"}})
    assert (await attempt(client)).status_code == 200
    assert receiver.headers[0]["Authorization"] == "Basic Y3JtOmh1bnRlcjI="
