"""An Action tried out on the app that `serve` runs: what would be sent, what an answer means. Nothing stays behind."""

import asyncio
import base64
import json
from datetime import UTC, datetime

import pytest
from aiohttp import web
from sqlalchemy import func, select

from fresh_rooms import client_of
from headwater.actions.firing import Firing
from headwater.actions.journal.keeper import JournalKeeper
from headwater.core.clock import epoch_ms
from headwater.mapping.evaluation import Snippet
from headwater.store.tables import held, outbox
from lent_rooms import LENDER, lenders_runner, runner_of_each_test  # noqa: F401  fixtures

PASSWORD = "/selfservice/flows/registration/after/password/hooks"
GLOBAL = "/selfservice/flows/registration/after/hooks"
IDENTIFY = "function(ctx) {id: ctx.identity.id, email: ctx.identity.traits.email}"
KEY = "hunter2-hunter2"
AUTH = {"type": "api_key", "config": {"name": "X-Key", "value": KEY, "in": "header"}}
REFUSAL = {
    "messages": [{"instance_ptr": "#/traits/email", "messages": [{"id": 9, "text": "Not you.", "type": "error"}]}]
}


def encoded(jsonnet):
    return "base64://" + base64.b64encode(jsonnet.encode()).decode()


def hook(url="https://crm.test/people", *, body=IDENTIFY, **more):
    return {"hook": "web_hook", "config": {"url": url, "method": "POST", "body": encoded(body), **more}}


@pytest.fixture
async def rooms():
    async with LENDER.lent() as lent:
        yield lent


@pytest.fixture
async def client(rooms):
    async with client_of(rooms, authorization="Bearer token") as client:
        yield client


@pytest.fixture
def project(rooms):
    return f"/projects/{rooms.installation.project.id}"


@pytest.fixture
def tried(client, project):
    """Try; gives the answer."""

    async def ask(**wish):
        return await client.post(f"{project}/actions/test", json=wish)

    return ask


@pytest.fixture
def one(tried):
    """Try; gives the only result."""

    async def ask(**wish):
        answer = await tried(**wish)
        assert 200 == answer.status_code, answer.text
        [result] = answer.json()["results"]
        return result

    return ask


@pytest.fixture
def configured(client, project):
    """Put a hook at the head of a list."""

    async def add(item, at=GLOBAL):
        path = f"/services/identity/config{at}/0"
        answer = await client.patch(project, json=[{"op": "add", "path": path, "value": item}])
        assert 200 == answer.status_code, answer.text

    return add


@pytest.fixture
async def receiver():
    """A receiver on loopback: (url, the headers and bodies that came)."""
    came = []

    async def answer(request):
        came.append((request.headers, await request.text()))
        return web.json_response({"echo": request.headers.get("X-Key")}, status=202)

    app = web.Application()
    app.router.add_post("/hook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", came
    await runner.cleanup()


async def owed(rooms):
    def count(connection):
        return [connection.execute(select(func.count()).select_from(table)).scalar() for table in (outbox, held)]

    return await rooms.database.read(count)


@pytest.mark.parametrize("name", ["crm", f"{GLOBAL}/0", "registration/after/0", "registration/after/hooks/0"])
async def test_a_dry_run_shows_the_request_and_sends_nothing(rooms, one, configured, receiver, name):
    url, came = receiver
    await configured(hook(url, id="crm", auth=AUTH, headers={"X-Plain": "seen"}, response={"ignore": True}))
    result = await one(action=name)

    request = result["request"]
    assert ("rendered", "POST", url) == (result["state"], request["method"], request["url"])
    assert {"X-Plain": "seen", "Content-Type": "application/json", "X-Key": "withheld"} == request["headers"]
    assert "ada@example.org" == json.loads(request["body"])["email"]
    assert "after registration by password" in result["ctx"]
    assert KEY not in json.dumps(result)
    assert [] == came
    assert [0, 0] == await owed(rooms)


async def test_sending_goes_to_the_receiver_once_marked_as_a_test_and_nothing_is_kept(
    rooms, client, one, configured, receiver
):
    url, came = receiver
    await configured(hook(url, id="crm", auth=AUTH, response={"on_error": "queue"}))
    result = await one(action="crm", send=True)

    [(headers, body)] = came
    assert ("true", KEY) == (headers["Headwater-Test"], headers["X-Key"])
    assert result["trigger_id"] == headers["Ory-Webhook-Trigger-ID"]
    assert result["request"]["body"] == body
    assert (202, "goes_on") == (result["response"]["status"], result["outcome"]["state"])
    assert KEY not in json.dumps(result)  # though the receiver echoes it
    assert [0, 0] == await owed(rooms)
    assert [] == (await client.get("/api/action-deliveries")).json()["action_deliveries"]


async def test_what_the_outbound_policy_refuses_is_refused_in_a_test_too(one):
    result = await one(hook=hook("http://169.254.169.254/latest"), send=True)

    assert result["response"] is None
    assert "failed" == result["outcome"]["state"]
    assert "169.254" in result["failure"]


async def test_a_receiver_that_is_down_fails_people_or_waits_as_the_hook_says(one):
    down = {"status": 503, "body": "busy"}
    inline = (await one(hook=hook(), respond=down))["outcome"]
    patient = (await one(hook=hook(response={"on_error": "queue"}), respond=down))["outcome"]
    ignored = (await one(hook=hook(response={"ignore": True}), respond=down))["outcome"]
    refused = (await one(hook=hook(response={"ignore": True}), respond={"status": 400}))["outcome"]

    assert ("failed", 502) == (inline["state"], inline["error"]["code"])
    assert ["queued"] * 3 == [outcome["state"] for outcome in (patient, ignored, refused)]
    assert "tried again, for days" in ignored["reason"]
    assert "becomes a dead letter" in refused["reason"]


@pytest.mark.parametrize("flags", [{"can_interrupt": True}, {"response": {"parse": True}}])
async def test_a_refusal_shows_the_messages_where_the_form_would(one, flags):
    outcome = (await one(hook=hook(**flags), respond={"status": 422, "body": REFUSAL}))["outcome"]

    assert "stopped" == outcome["state"]
    assert [("traits.email", "Not you.", 9)] == [(one["node"], one["text"], one["id"]) for one in outcome["messages"]]


async def test_a_mapping_reads_the_answer_that_is_made_up(one):
    mapping = "function(ctx, response) if response.body.ok then null else {messages: [{messages: [{text: 'No.'}]}]}"
    asks = hook(response={"mapping": encoded(mapping)})

    assert "goes_on" == (await one(hook=asks, respond={"body": {"ok": True}}))["outcome"]["state"]
    assert "stopped" == (await one(hook=asks, respond={"body": {"ok": False}}))["outcome"]["state"]
    assert "no such field" in (await one(hook=asks, respond={"body": {}}))["outcome"]["reason"]


async def test_a_change_is_shown_as_it_would_be_stored_addresses_following_their_traits(one):
    parses = hook(response={"parse": True})
    body = {"identity": {"traits": {"email": "grace@example.org"}, "metadata_admin": {"score": 1}}}
    changes = {one["path"]: one for one in (await one(hook=parses, respond={"body": body}))["outcome"]["changes"]}

    assert {"/traits/email", "/verifiable_addresses", "/recovery_addresses", "/metadata_admin"} == changes.keys()
    assert ("ada@example.org", "grace@example.org") == (
        changes["/traits/email"]["before"],
        changes["/traits/email"]["after"],
    )
    assert "grace@example.org" == changes["/verifiable_addresses"]["after"][0]["value"]


async def test_a_change_that_does_not_fit_the_schema_ends_in_the_form(one):
    body = {"identity": {"traits": {"nmae": "Grace"}}}
    outcome = (await one(hook=hook(response={"parse": True}), respond={"body": body}))["outcome"]

    assert ("stopped", []) == (outcome["state"], outcome["changes"])
    assert {"traits", "traits.email"} == {message["node"] for message in outcome["messages"]}


async def test_a_change_where_none_is_stored_is_said_to_fall_away(one):
    parses, body = hook(response={"parse": True}), {"identity": {"traits": {"email": "x@example.org"}}}
    outcome = (await one(hook=parses, flow="login", respond={"body": body}))["outcome"]

    assert ("goes_on", []) == (outcome["state"], outcome["changes"])
    assert "is not stored here" in outcome["reason"]


async def test_an_answer_that_parse_cannot_read_fails_the_flow(one):
    outcome = (await one(hook=hook(response={"parse": True}), respond={"body": "<html>"}))["outcome"]

    assert "failed" == outcome["state"]
    assert "not the JSON" in outcome["reason"]


@pytest.mark.parametrize(
    ("jsonnet", "state", "words"),
    [
        ("function(ctx) error 'cancel'", "cancelled", "nothing would be sent"),
        ("function(ctx) {n: ctx.identity.traits.name}", "not_rendered", "no such field: name"),
    ],
)
async def test_what_makes_no_request_says_why(one, jsonnet, state, words):
    result = await one(hook=hook(body=jsonnet))

    assert state == result["state"]
    assert words in result["reason"]


async def test_a_ctx_that_is_given_is_used_as_it_is(one):
    result = await one(hook=hook(), ctx={"identity": {"id": "i-1", "traits": {"email": "x@example.org"}}})

    assert {"id": "i-1", "email": "x@example.org"} == json.loads(result["request"]["body"])


def firing(rooms, number, **changes):
    context = {"identity": {"id": f"person-{number}", "traits": {"email": "x@example.org"}}}
    values = {
        "trigger_id": f"t-{number}",
        "action_id": "crm",
        "path": f"{GLOBAL}/0",
        "project_id": rooms.installation.project.id,
        "identity_id": f"person-{number}",
        "flow": "registration",
        "moment": "after",
        "method": "password",
        "flow_id": "flow-1",
        "at_ms": epoch_ms(datetime.now(UTC)) + number,
        "mode": "inline",
        "state": "failed",
        "context": context,
    }
    return Firing(**(values | changes))


async def test_the_last_firings_are_played_again_on_what_they_were_told(rooms, tried, configured):
    await configured(hook(id="crm", response={"ignore": True}))
    keeper = JournalKeeper(rooms.folder.actions_database, sealer=rooms.sealer, clock=rooms.clock)
    keeper.start()
    for number in (1, 2, 3):
        keeper.note(firing(rooms, number, **({"context": None} if number == 2 else {})))
    await keeper.close()
    results = (await tried(action="crm", last=3)).json()["results"]

    assert ["rendered", "no_ctx", "rendered"] == [result["state"] for result in results]
    assert ["person-3", "person-1"] == [json.loads(results[n]["request"]["body"])["id"] for n in (0, 2)]
    assert "7 days" in results[1]["reason"]


async def test_one_that_never_fired_and_one_that_never_runs_are_told_apart(tried, configured):
    await configured(hook(id="crm", response={"ignore": True}))
    await configured(hook("https://own.test/", id="own", response={"ignore": True}), at=PASSWORD)

    assert "hasn't fired yet" in (await tried(action="crm", last=1)).text
    answer = (await tried(action="crm", method="password")).json()
    assert "never runs after registration by password" in answer["notes"][0]
    assert "webauthn" == (await tried(action="crm")).json()["trigger"]["method"]


@pytest.mark.parametrize(
    ("wish", "status", "words"),
    [
        ({}, 400, "either `action`"),
        ({"action": "x", "hook": {}}, 400, "either `action`"),
        ({"action": "nobody"}, 404, "no Actions yet"),
        ({"action": "registration/after/password/0"}, 400, "sends nothing"),
        ({"action": "x", "ctx": {}, "last": 1}, 400, "not both"),
        ({"action": "x", "last": 1000}, 400, "Between 1 and 20"),
        ({"hook": hook(), "send": True, "respond": {}}, 400, "not both"),
        ({"hook": {"hook": "session", "config": {}}}, 400, "must be web_hook"),
        ({"hook": hook("ftp://x.test")}, 400, "/hook/config/url"),
        ({"hook": hook(), "flow": "signup"}, 400, "there are login"),
        ({"hook": hook(), "method": "profile"}, 400, "Nobody goes through registration"),
        ({"hook": hook(), "last": 1}, 400, "without an id"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_told_why(tried, wish, status, words):
    answer = await tried(**wish)

    assert status == answer.status_code
    assert words in answer.json()["error"]["message"]


async def test_a_kept_secret_goes_only_to_whom_it_was_written_for(client, tried, project, configured, receiver):
    url, came = receiver
    await configured(hook(url, id="crm", auth=AUTH, response={"ignore": True}))
    kept = (await client.get(project)).json()["services"]["identity"]["config"]["selfservice"]["flows"]
    auth = kept["registration"]["after"]["hooks"][0]["config"]["auth"]
    assert auth["config"]["value"].startswith("secret://")

    assert 200 == (await tried(hook=hook(url, auth=auth), send=True)).status_code
    stolen = await tried(hook=hook("https://mallory.test/", auth=auth), send=True)
    assert (400, True) == (stolen.status_code, "another receiver" in stolen.text)
    assert [KEY] == [headers["X-Key"] for headers, _ in came]


async def test_a_test_is_signed_when_it_is_sent_and_no_key_is_needed_to_look_at_it(one, receiver):
    url, came = receiver
    key = "whsec_" + base64.b64encode(b"k" * 32).decode()
    signs = hook(url, signing={"type": "standard_webhooks", "secrets": [key]})
    await one(hook=hook(url, signing={"type": "standard_webhooks", "secrets": ["secret://somewhere"]}))
    await one(hook=signs, send=True)

    assert came[0][0]["webhook-signature"].startswith("v1,")


async def test_however_many_dry_runs_and_patches_run_people_find_workers(rooms, one, configured):
    places = rooms.tryouts.places
    async with places, places:
        tries = [asyncio.create_task(one(hook=hook(), flow="registration", method="password"))]
        tries.append(asyncio.create_task(configured(hook())))
        done, _ = await asyncio.wait(tries, timeout=0.5)

        assert done == set()
        assert "1\n" == await rooms.sandbox.evaluate(Snippet("1"), arguments={})
    await asyncio.gather(*tries)
