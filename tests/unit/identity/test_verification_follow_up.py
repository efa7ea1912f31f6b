"""Verification that something else begins: a sign-up, a changed address."""

import pytest
from identity_stage import ADA, AS_JSON, GRACE, csrf_token, message_ids, register, start_native, submit
from recovery_stage import EMAIL, again, on_stage, send
from sqlalchemy import select

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.flows import csrf
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Ui
from headwater.identity.people import accounts
from headwater.store.tables import challenges
from headwater.store.tables import flows as stored_flows


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


def inbound(**cookies):
    return Inbound(method="POST", url="http://x/", headers={}, cookies=cookies, query={}, client_ip="127.0.0.1")


def causing(kind="registration", flow_type="browser", **more):
    ui = Ui(action="", method="POST", nodes=())
    shared = {"schema_id": "person", "request_url": "http://x/start", "ui": ui, "issued_at_ms": 0, "expires_at_ms": 0}
    return Flow(id=ids.new_uuid(), kind=kind, type=flow_type, **{**shared, **more})


async def ada(stage):
    person = await stage.person_id()
    account = await stage.database.read(
        lambda connection: accounts.find_or_none(connection, person, project_id=stage.project_id)
    )
    return account, next(item for item in account.addresses if item.purpose == "verifiable")


async def open_it(stage, flow, **more):
    account, address = await ada(stage)
    config = await stage.parts.current.config()
    request = more.pop("inbound", inbound())
    return await stage.parts.open_verification(account, address, flow=flow, inbound=request, config=config, **more)


async def test_a_sign_up_mails_a_code_whose_flow_goes_on_where_the_sign_up_was_meant_to(stage, client):
    await register(client, GRACE)
    assert (await stage.address(GRACE["email"])).status == "sent"
    mails = await stage.mails(GRACE["email"])
    assert [mail["template_type"] for mail in mails] == ["verification_code_valid"]
    flow = {"id": (await stage.link_to(GRACE["email"])).partition("flow=")[2], "type": "api"}
    shown = await again(client, flow, "verification")
    assert (shown["state"], message_ids(shown)) == ("sent_email", [1080003])
    answer = await send(client, shown, method="code", code=await stage.code_to(GRACE["email"]))
    assert answer.json()["state"] == "passed_challenge"
    assert (await stage.address(GRACE["email"])).verified


async def test_the_next_step_is_told_to_clients_as_ory_does(stage):
    follow_up = await open_it(stage, causing(return_to="http://127.0.0.1:4433/x"))
    flow_id = follow_up.item["flow"]["id"]
    location = f"{stage.public_url}/ui/verification?flow={flow_id}"
    assert follow_up.location == location
    assert follow_up.item == {
        "action": "show_verification_ui",
        "flow": {"id": flow_id, "verifiable_address": EMAIL, "url": location},
    }
    native = await open_it(stage, causing(flow_type="api"))
    assert set(native.item["flow"]) == {"id", "verifiable_address"}
    assert native.csrf_cookie is None


APP = "https://app.example.org"


def started(query):
    return f"http://x/self-service/registration/browser?{query}"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        pytest.param("after_verification_return_to=https%3A%2F%2Fapp.example.org%2Fin", f"{APP}/in", id="asked for"),
        pytest.param(
            "return_to=x&after_verification_return_to=https%3A%2F%2Fapp.example.org", APP, id="the later wins"
        ),
        pytest.param("after_verification_return_to=https%3A%2F%2Fmallory.example", None, id="open redirect"),
        pytest.param(
            "after_verification_return_to=https%3A%2F%2Fapp.example.org.mallory.example", None, id="lookalike"
        ),
        pytest.param("after_verification_return_to=javascript%3Aalert(1)", None, id="script"),
        pytest.param("after_verification_return_to=", f"{APP}/x", id="empty"),
        pytest.param("a=b", f"{APP}/x", id="not asked for"),
    ],
)
async def test_a_proven_address_leads_where_the_sign_up_said_and_never_astray(stage, client, query, place):
    stage.revise(lambda whole: whole["selfservice"].update(allowed_return_urls=[APP]))
    cause = causing(flow_type="api", request_url=started(query), return_to=f"{APP}/x")
    follow_up = await open_it(stage, cause)
    await stage.database.write(follow_up.store)
    shown = await again(client, {"id": follow_up.item["flow"]["id"]}, "verification")
    assert shown.get("return_to") == place
    answer = await send(client, shown, method="code", code=await stage.code_to(EMAIL))
    assert answer.json()["ui"]["action"] == (place or f"{stage.public_url}/ui/welcome")
    assert answer.json().get("return_to") == place


async def test_where_a_verification_leads_is_seen_in_the_request_that_began_it(stage):
    stage.revise(lambda whole: whole["selfservice"].update(allowed_return_urls=[APP]))
    asked = started(f"a=%C3%A9&return_to=x&after_verification_return_to={APP}/in")
    follow_up = await open_it(stage, causing(flow_type="api", request_url=asked))
    await stage.database.write(follow_up.store)
    async with stage.client() as client:
        shown = await again(client, {"id": follow_up.item["flow"]["id"]}, "verification")
    assert shown["request_url"] == started("a=%C3%A9&return_to=https%3A%2F%2Fapp.example.org%2Fin")


async def test_a_whole_sign_up_in_a_browser_ends_where_it_said_although_its_own_end_is_elsewhere(stage):
    stage.revise(lambda whole: whole["selfservice"].update(allowed_return_urls=[APP]))
    query = {"return_to": f"{APP}/x", "after_verification_return_to": f"{APP}/proven"}
    async with stage.client(headers=AS_JSON) as app:
        flow = (await app.get("/self-service/registration/browser", params=query)).json()
        assert flow["return_to"] == f"{APP}/x"
        assert (await submit(app, flow, GRACE, csrf_token=csrf_token(flow))).status_code == 200
        begun = {"id": (await stage.link_to(GRACE["email"])).partition("flow=")[2]}
        answer = await send(
            app, await again(app, begun, "verification"), method="code", code=await stage.code_to(GRACE["email"])
        )
    assert answer.json()["ui"]["action"] == f"{APP}/proven"


async def test_the_flow_belongs_to_the_browser_whose_next_answer_sets_its_cookie(stage):
    name = csrf.cookie_name(stage.public_url)
    before = csrf.new_cookie()
    follow_up = await open_it(stage, causing(), inbound=inbound(**{name: before}))
    assert follow_up.csrf_cookie != before
    await stage.database.write(follow_up.store)
    path = f"/self-service/verification/flows?id={follow_up.item['flow']['id']}"
    async with stage.client(cookies={name: before}, headers=AS_JSON) as browser:
        assert (await browser.get(path)).status_code == 403
    async with stage.client(cookies={name: follow_up.csrf_cookie}, headers=AS_JSON) as browser:
        answer = await browser.get(path)
        assert (answer.status_code, answer.json()["state"]) == (200, "sent_email")


async def test_settings_keep_the_browsers_cookie(stage):
    cookie = csrf.new_cookie()
    request = inbound(**{csrf.cookie_name(stage.public_url): cookie})
    assert (await open_it(stage, causing("settings"), inbound=request)).csrf_cookie == cookie


async def test_nothing_is_stored_before_the_cause_is(stage):
    follow_up = await open_it(stage, causing())
    assert await stage.mails() == []
    assert (
        await stage.database.read(
            lambda c: c.execute(
                select(stored_flows.c.id).where(stored_flows.c.id == follow_up.item["flow"]["id"])
            ).first()
        )
        is None
    )


async def test_a_sign_up_goes_through_although_too_much_mail_went_there(stage, client):
    for _ in range(10):
        await stage.database.write((await open_it(stage, causing(flow_type="api"))).store)
    flooded = await open_it(stage, causing(flow_type="api"))
    await stage.database.write(flooded.store)
    assert len(await stage.mails(EMAIL)) == 10
    shown = await again(client, {"id": flooded.item["flow"]["id"]}, "verification")
    assert shown["state"] == "sent_email"


async def test_pretending_stores_as_much_sends_nothing_and_can_never_succeed(stage, client):
    pretended = await open_it(stage, causing(flow_type="api"), is_pretended=True)
    real = await open_it(stage, causing(flow_type="api"))
    assert {**pretended.item["flow"], "id": ""} == {**real.item["flow"], "id": ""}
    await stage.database.write(pretended.store)
    assert await stage.mails() == []
    flow_id = pretended.item["flow"]["id"]
    kept = await stage.database.read(
        lambda c: c.execute(select(challenges).where(challenges.c.flow_id == flow_id)).one()
    )
    assert kept.identity_id is None
    shown = await again(client, {"id": flow_id}, "verification")
    # Even whoever knew the code: put a known one in its place.
    known = "123456"
    hashed = stage.parts.challenges._hashed(Secret(known), flow_id=flow_id)
    await stage.database.write(
        lambda c: c.execute(challenges.update().where(challenges.c.flow_id == flow_id).values(secret_sha256=hashed))
    )
    assert message_ids((await send(client, shown, method="code", code=known)).json()) == [4070006]
    assert not (await stage.address()).verified


async def test_a_taken_address_looks_like_a_sign_up_and_its_flow_like_any_other(stage, client):
    stage.revise(lambda whole: whole.setdefault("security", {}).update(account_enumeration={"mitigate": True}))
    stage.set_hooks({"hook": "show_verification_ui"}, method="password")
    shown = []
    for traits in (ADA, GRACE):
        answer = await submit(client, await start_native(client), traits)
        assert answer.status_code == 200, answer.text
        item = next(item for item in answer.json()["continue_with"] if item["action"] == "show_verification_ui")
        flow = await again(client, item["flow"], "verification")
        guess = await send(client, flow, method="code", code="000000")
        shown.append((sorted(item["flow"]), flow["state"], message_ids(flow), guess.status_code))
    assert shown[0] == shown[1]
    assert [mail["recipient"] for mail in await stage.mails()] == [GRACE["email"]]


async def test_no_verification_flow_no_mail(stage, client):
    stage.set_flow("verification", enabled=False)
    assert await open_it(stage, causing()) is None
    await register(client, GRACE)
    assert await stage.mails() == []
