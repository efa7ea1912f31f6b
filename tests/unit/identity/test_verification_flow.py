"""Verification by code, step by step, as every kind of client sees it."""

import pytest
from identity_stage import AS_JSON, csrf_token, message_ids
from recovery_stage import AS_PAGE, EMAIL, NOBODY, again, begin, on_stage, send, sent, shape, wrong

ASKS = [("email", "email", None), ("method", "submit", "code")]


def sent_shape(email):
    return [
        ("method", "hidden", "code"),
        ("code", "text", None),
        ("method", "submit", "code"),
        ("email", "submit", email),
    ]


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


@pytest.mark.parametrize("how", ["api", "browser"])
async def test_the_form_asks_for_an_address_first_then_for_its_code_in_orys_order(client, how):
    flow = await begin(client, "verification", how=how)
    assert (flow["state"], flow["active"], shape(flow)) == ("choose_method", "code", ASKS)
    assert flow["ui"]["nodes"][-1]["attributes"]["name"] == "csrf_token"
    answer = await send(client, flow, method="code", email=EMAIL)
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["state"], shown["active"], shape(shown)) == ("sent_email", "code", sent_shape(EMAIL))
    assert message_ids(shown) == [1080003]
    assert shape(await again(client, flow, "verification")) == sent_shape(EMAIL)


async def test_the_right_code_verifies_the_address_and_shows_a_way_on(stage, client):
    flow = await sent(client, "verification")
    assert (await stage.address()).status == "sent"
    answer = await send(client, flow, method="code", code=await stage.code_to(EMAIL))
    shown = answer.json()
    assert (answer.status_code, shown["state"], message_ids(shown)) == (200, "passed_challenge", [1080002])
    assert (shown["ui"]["method"], shown["ui"]["action"]) == ("GET", f"{stage.public_url}/ui/welcome")
    way_on = next(item for item in shown["ui"]["nodes"] if item["type"] == "a")
    assert way_on["attributes"] == {
        "href": f"{stage.public_url}/ui/welcome",
        "id": "continue",
        "node_type": "a",
        "title": {"id": 1070009, "text": "Continue", "type": "info"},
    }
    address = await stage.address()
    assert (address.verified, address.status, address.verified_at_ms is not None) == (True, "completed", True)
    assert (await again(client, flow, "verification"))["ui"] == shown["ui"]


async def test_the_log_hears_of_it_once_with_the_channel_and_without_the_address(stage, client):
    flow = await sent(client, "verification")
    await send(client, flow, method="code", code=await stage.code_to(EMAIL))
    events = [event for event in await stage.events() if event["event"] == "Identity Verified"]
    assert len(events) == 1
    assert events[0]["userId"] == await stage.person_id()
    assert events[0]["properties"] == {
        "method": "code",
        "via": "email",
        "flow_type": "api",
        "project_id": stage.project_id,
    }
    assert EMAIL not in str(events)


async def test_a_page_in_a_browser_is_redirected_at_each_step(stage):
    async with stage.client(headers=AS_PAGE) as browser:
        start = await browser.get("/self-service/verification/browser")
        flow_id = start.headers["location"].partition("flow=")[2]
        assert (start.status_code, start.headers["location"]) == (
            303,
            f"{stage.public_url}/ui/verification?flow={flow_id}",
        )
        for step in ("email", "code"):
            flow = (await browser.get(f"/self-service/verification/flows?id={flow_id}")).json()
            typed = EMAIL if step == "email" else await stage.code_to(EMAIL)
            form = {"csrf_token": csrf_token(flow), "method": "code", step: typed}
            answer = await browser.post(f"/self-service/verification?flow={flow_id}", data=form)
            assert (answer.status_code, answer.headers["location"]) == (303, start.headers["location"])
    assert (await stage.address()).verified


async def test_a_wrong_code_is_said_without_an_error_status_and_the_right_one_still_works(stage, client):
    flow = await sent(client, "verification")
    code = await stage.code_to(EMAIL)
    answer = await send(client, flow, method="code", code=wrong(code))
    assert (answer.status_code, message_ids(answer.json())) == (200, [4070006])
    assert shape(answer.json()) == sent_shape(EMAIL)
    assert (await send(client, flow, method="code", code=code)).json()["state"] == "passed_challenge"


async def test_a_code_without_a_method_is_enough(stage, client):
    flow = await sent(client, "verification")
    answer = await send(client, flow, code=await stage.code_to(EMAIL))
    assert answer.json()["state"] == "passed_challenge"


async def test_another_code_can_be_asked_for_and_only_the_newest_works(stage, client):
    flow = await sent(client, "verification")
    old = await stage.code_to(EMAIL)
    answer = await send(client, flow, method="code", email=EMAIL)
    assert (answer.status_code, message_ids(answer.json())) == (200, [1080003])
    new = await stage.code_to(EMAIL)
    if new != old:  # one in a million
        assert message_ids((await send(client, flow, method="code", code=old)).json()) == [4070006]
    assert (await send(client, flow, method="code", code=new)).json()["state"] == "passed_challenge"


@pytest.mark.parametrize(
    ("body", "node_name", "message"),
    [
        pytest.param({"method": "code"}, "email", 4000002, id="no address"),
        pytest.param({"method": "code", "email": ""}, "email", 4000002, id="empty address"),
        pytest.param({"method": "nope", "email": EMAIL}, None, 4010006, id="unknown method"),
        pytest.param({"email": EMAIL}, None, 4010006, id="no method"),
        pytest.param({"method": "link", "email": EMAIL}, None, 4010006, id="not the configured method"),
        pytest.param({"method": "code", "email": "a" * 400 + "@example.org"}, "email", 4000017, id="too long"),
    ],
)
async def test_what_cannot_be_used_is_refused_where_it_belongs(stage, client, body, node_name, message):
    flow = await begin(client, "verification")
    answer = await send(client, flow, **body)
    assert (answer.status_code, message_ids(answer.json(), node_name)) == (400, [message])
    assert await stage.mails() == []


async def test_a_missing_code_is_asked_for_at_the_code(stage, client):
    flow = await sent(client, "verification")
    answer = await send(client, flow, method="code", code="")
    assert (answer.status_code, message_ids(answer.json(), "code")) == (400, [4000002])
    assert (await send(client, flow, method="code", code=await stage.code_to(EMAIL))).status_code == 200


async def test_a_finished_flow_leads_to_a_fresh_one(stage, client):
    flow = await sent(client, "verification")
    code = await stage.code_to(EMAIL)
    await send(client, flow, method="code", code=code)
    answer = await send(client, flow, method="code", code=code)
    assert (answer.status_code, answer.json()["error"]["id"]) == (410, "self_service_flow_replaced")
    fresh = await again(client, {"id": answer.json()["use_flow_id"]}, "verification")
    assert (fresh["state"], message_ids(fresh)) == ("choose_method", [4070002])


async def test_a_late_submit_sends_apps_to_a_fresh_flow_that_says_so(stage, client):
    flow = await sent(client, "verification", return_to=f"{stage.public_url}/here")
    code = await stage.code_to(EMAIL)
    stage.clock.advance(3601)
    answer = await send(client, flow, method="code", code=code)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{stage.public_url}/self-service/verification/flows?id=")
    fresh = (await client.get(answer.headers["location"])).json()
    assert (message_ids(fresh), fresh["return_to"]) == ([4070005], f"{stage.public_url}/here")
    assert not (await stage.address()).verified


async def test_a_code_expires_before_its_flow_if_the_operator_says_so(stage, client):
    stage.revise(lambda whole: whole["selfservice"]["methods"].update(code={"config": {"lifespan": "1m"}}))
    flow = await sent(client, "verification")
    code = await stage.code_to(EMAIL)
    stage.clock.advance(61)
    assert message_ids((await send(client, flow, method="code", code=code)).json()) == [4070006]
    assert not (await stage.address()).verified


async def test_the_way_on_is_what_was_asked_for_or_else_what_is_configured(stage, client):
    stage.set_flow("verification", after={"default_browser_return_url": "https://app.example.org/done", "hooks": []})
    for query, expected in (({}, "https://app.example.org/done"), ({"return_to": f"{stage.public_url}/x"}, None)):
        flow = await sent(client, "verification", **query)
        answer = await send(client, flow, method="code", code=await stage.code_to(EMAIL))
        assert answer.json()["ui"]["action"] == (expected or query["return_to"])


async def test_an_unknown_address_is_told_only_if_the_operator_wants_it(stage, client):
    await sent(client, "verification", email=NOBODY)
    assert await stage.mails() == []
    stage.set_flow("verification", notify_unknown_recipients=True)
    await sent(client, "verification", email=NOBODY)
    mails = await stage.mails()
    assert [(mail["recipient"], mail["template_type"]) for mail in mails] == [(NOBODY, "verification_code_invalid")]


async def test_what_has_no_at_sign_is_taken_for_a_phone_number(stage, client):
    flow = await begin(client, "verification")
    answer = await send(client, flow, method="code", email="+49 170 1234567")
    assert (answer.status_code, message_ids(answer.json())) == (200, [1080004])
    assert await stage.mails() == []


async def test_a_switched_off_flow_is_refused(stage, client):
    stage.set_flow("verification", enabled=False)
    answer = await client.get("/self-service/verification/api", headers=AS_JSON)
    assert (answer.status_code, answer.json()["error"]["id"]) == (400, "self_service_flow_disabled")


async def test_a_switched_off_method_sends_nothing(stage, client):
    stage.revise(lambda whole: whole["selfservice"]["methods"].update(code={"enabled": False}))
    flow = await begin(client, "verification")
    assert shape(flow) == []
    assert message_ids((await send(client, flow, method="code", email=EMAIL)).json()) == [4010006]
