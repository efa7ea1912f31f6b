"""Recovery by code, step by step, as every kind of client sees it; in the end the person is in, at their settings."""

import pytest
from identity_stage import AS_JSON, PASSWORD, csrf_token, message_ids, node, web_hook
from recovery_stage import AS_PAGE, EMAIL, NOBODY, again, begin, on_stage, send, sent, shape, wrong

ASKS = [("email", "email", None), ("method", "submit", "code")]
SENT = [
    ("code", "text", None),
    ("method", "hidden", "code"),
    ("method", "submit", "code"),
    ("email", "submit", EMAIL),
]


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def whoami(client, token=None):
    headers = {"X-Session-Token": token} if token else {}
    return await client.get("/sessions/whoami", headers=headers)


async def recovered(stage, client, flow):
    return await send(client, flow, method="code", code=await stage.code_to(EMAIL))


@pytest.mark.parametrize("how", ["api", "browser"])
async def test_the_form_asks_for_an_address_first_then_for_its_code_in_orys_order(client, how):
    flow = await begin(client, "recovery", how=how)
    assert (flow["state"], flow["active"], shape(flow)) == ("choose_method", "code", ASKS)
    assert flow["ui"]["nodes"][0]["attributes"]["name"] == "csrf_token"
    answer = await send(client, flow, method="code", email=EMAIL)
    shown = answer.json()
    assert (answer.status_code, shown["state"], shape(shown)) == (200, "sent_email", SENT)
    assert message_ids(shown) == [1060003]
    code = node(shown, "code")["attributes"]
    assert (code["pattern"], code["maxlength"], code["autocomplete"]) == ("[0-9]+", 6, "one-time-code")
    assert shape(await again(client, flow, "recovery")) == SENT


async def test_a_single_page_app_is_sent_to_the_settings_with_a_session(stage):
    async with stage.client() as app:
        flow = await sent(app, "recovery", how="browser")
        answer = await recovered(stage, app, flow)
        error = answer.json()
        assert (answer.status_code, error["error"]["id"]) == (422, "browser_location_change_required")
        location = error["redirect_browser_to"]
        assert location.startswith(f"{stage.public_url}/ui/settings?flow=")
        session = (await whoami(app)).json()
        assert session["authenticator_assurance_level"] == "aal1"
        assert [item["method"] for item in session["authentication_methods"]] == ["code_recovery"]
        address = session["identity"]["verifiable_addresses"][0]
        assert (address["verified"], address["status"]) == (True, "completed")
        settings = await app.get(f"/self-service/settings/flows?id={location.partition('flow=')[2]}", headers=AS_JSON)
        assert (settings.status_code, message_ids(settings.json())) == (200, [1060001])


async def test_a_page_in_a_browser_ends_at_the_settings_and_can_set_a_new_password(stage):
    async with stage.client(headers=AS_PAGE) as browser:
        start = await browser.get("/self-service/recovery/browser")
        flow_id = start.headers["location"].partition("flow=")[2]
        for step in ("email", "code"):
            flow = (await browser.get(f"/self-service/recovery/flows?id={flow_id}")).json()
            typed = EMAIL if step == "email" else await stage.code_to(EMAIL)
            form = {"csrf_token": csrf_token(flow), "method": "code", step: typed}
            answer = await browser.post(f"/self-service/recovery?flow={flow_id}", data=form)
            assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"{stage.public_url}/ui/settings?flow=")
        settings = answer.headers["location"].partition("flow=")[2]
        shown = (await browser.get(f"/self-service/settings/flows?id={settings}")).json()
        form = {"csrf_token": csrf_token(shown), "method": "password", "password": "a new and better one"}
        answer = await browser.post(f"/self-service/settings?flow={settings}", data=form)
        assert answer.status_code == 303
        done = (await browser.get(f"/self-service/settings/flows?id={settings}")).json()
        assert done["state"] == "success", done["ui"]


async def test_a_native_app_gets_no_token_unless_it_is_told_what_to_do_next(stage, client):
    answer = await recovered(stage, client, await sent(client, "recovery"))
    assert (answer.status_code, answer.json()["error"]["id"]) == (422, "browser_location_change_required")
    assert "ory_st_" not in answer.text
    assert "Signed In" not in await stage.event_names()


async def test_with_transitions_a_native_app_gets_its_token_and_the_settings(stage, client):
    stage.set_flags(use_continue_with_transitions=True)
    answer = await recovered(stage, client, await sent(client, "recovery"))
    shown = answer.json()
    assert (answer.status_code, shown["state"]) == (200, "passed_challenge")
    token, settings = shown["continue_with"]
    assert (token["action"], settings["action"]) == ("set_ory_session_token", "show_settings_ui")
    assert settings["flow"]["url"] == f"{stage.public_url}/ui/settings?flow={settings['flow']['id']}"
    headers = {"X-Session-Token": token["ory_session_token"], **AS_JSON}
    assert (await client.get("/sessions/whoami", headers=headers)).status_code == 200
    shown = await client.get(f"/self-service/settings/flows?id={settings['flow']['id']}", headers=headers)
    assert (shown.status_code, message_ids(shown.json())) == (200, [1060001])


async def test_with_transitions_a_single_page_app_gets_the_settings_and_its_cookie(stage):
    stage.set_flags(use_continue_with_transitions=True)
    async with stage.client() as app:
        answer = await recovered(stage, app, await sent(app, "recovery", how="browser"))
        assert (answer.status_code, [item["action"] for item in answer.json()["continue_with"]]) == (
            200,
            ["show_settings_ui"],
        )
        assert (await whoami(app)).status_code == 200


async def test_the_log_hears_of_each_thing_that_happened(stage):
    async with stage.client() as app:
        await recovered(stage, app, await sent(app, "recovery", how="browser"))
    events = {event["event"]: event["properties"] for event in await stage.events()}
    shared = {"flow_type": "browser", "project_id": stage.project_id}
    assert events["Recovery Completed"] == {"method": "code", **shared}
    assert events["Signed In"] == {"method": "code_recovery", **shared}
    assert events["Identity Verified"] == {"method": "code", "via": "email", **shared}


async def test_an_address_that_was_verified_before_is_not_verified_again(stage):
    for _ in range(2):
        async with stage.client() as app:
            await recovered(stage, app, await sent(app, "recovery", how="browser"))
    assert (await stage.event_names()).count("Identity Verified") == 1


async def test_other_sessions_end_if_the_operator_wants_it(stage):
    for hooks, status in (((), 200), (({"hook": "revoke_active_sessions"},), 401)):
        stage.hook_after("recovery", *hooks)
        async with stage.client() as old, stage.client() as new:
            login = (await old.get("/self-service/login/api", headers=AS_JSON)).json()
            body = {"method": "password", "identifier": EMAIL, "password": PASSWORD}
            token = (await old.post(f"/self-service/login?flow={login['id']}", json=body)).json()["session_token"]
            await recovered(stage, new, await sent(new, "recovery", how="browser"))
            assert (await whoami(new)).status_code == 200
            assert (await whoami(old, token)).status_code == status


async def test_actions_are_shown_the_person_and_the_flow_and_no_session_as_in_kratos(stage, receiver):
    stage.hook_after("recovery", web_hook(receiver.url))
    async with stage.client() as app:
        flow = await sent(app, "recovery", how="browser")
        answer = await send(
            app, flow, method="code", code=await stage.code_to(EMAIL), transient_payload={"from": "mobile"}
        )
        assert answer.status_code == 422
    ctx = receiver.bodies[0]["ctx"]
    assert ctx["identity"]["id"] == await stage.person_id()
    assert (ctx["flow"]["id"], ctx["flow"]["transient_payload"]) == (flow["id"], {"from": "mobile"})
    assert "session" not in ctx


async def test_an_action_that_fails_lets_nobody_in_and_the_code_still_works_afterwards(stage, receiver):
    stage.hook_after("recovery", web_hook(receiver.url))
    receiver.status = 500
    async with stage.client() as app:
        flow = await sent(app, "recovery", how="browser")
        code = await stage.code_to(EMAIL)
        assert (await send(app, flow, method="code", code=code)).status_code >= 500
        assert (await whoami(app)).status_code == 401
        assert "Recovery Completed" not in await stage.event_names()
        assert not (await stage.address()).verified
        receiver.status = 200
        assert (await send(app, flow, method="code", code=code)).status_code == 422


async def test_the_settings_lead_on_to_where_the_recovery_was_meant_to(stage):
    stage.set_flow("recovery", after={"default_browser_return_url": "https://app.example.org/back", "hooks": []})
    for query, expected in (({}, "https://app.example.org/back"), ({"return_to": f"{stage.public_url}/x"}, None)):
        async with stage.client() as app:
            flow = await sent(app, "recovery", how="browser", **query)
            location = (await recovered(stage, app, flow)).json()["redirect_browser_to"]
            settings = await again(app, {"id": location.partition("flow=")[2]}, "settings")
            assert settings["return_to"] == (expected or query["return_to"])


async def test_a_wrong_code_is_said_without_an_error_status_and_an_empty_one_is_wrong(stage, client):
    flow = await sent(client, "recovery")
    code = await stage.code_to(EMAIL)
    for guess in (wrong(code), "", "12"):
        answer = await send(client, flow, method="code", code=guess)
        assert (answer.status_code, message_ids(answer.json())) == (200, [4060006])
        assert shape(answer.json()) == SENT


async def test_another_code_can_be_asked_for_and_only_the_newest_works(stage, client):
    flow = await sent(client, "recovery")
    old = await stage.code_to(EMAIL)
    assert message_ids((await send(client, flow, method="code", email=EMAIL)).json()) == [1060003]
    new = await stage.code_to(EMAIL)
    if new != old:  # one in a million
        assert message_ids((await send(client, flow, method="code", code=old)).json()) == [4060006]
    assert (await send(client, flow, method="code", code=new)).status_code == 422


@pytest.mark.parametrize(
    ("body", "node_name", "message"),
    [
        pytest.param({"method": "code"}, "email", 4000002, id="no address"),
        pytest.param({"method": "code", "email": ""}, "email", 4000002, id="empty address"),
        pytest.param({"method": "code", "email": "nope"}, "email", 4000040, id="no e-mail address"),
        pytest.param({"method": "code", "email": "+491701234567"}, "email", 4000040, id="a phone number"),
        pytest.param({"method": "nope", "email": EMAIL}, None, 4010005, id="unknown method"),
        pytest.param({"email": EMAIL}, None, 4010005, id="no method"),
        pytest.param({"method": "link", "email": EMAIL}, None, 4010005, id="a method that is off"),
        pytest.param({"method": "code", "email": "a" * 400 + "@example.org"}, "email", 4000017, id="too long"),
    ],
)
async def test_what_cannot_be_used_is_refused_where_it_belongs(stage, client, body, node_name, message):
    flow = await begin(client, "recovery")
    answer = await send(client, flow, **body)
    assert (answer.status_code, message_ids(answer.json(), node_name)) == (400, [message])
    assert await stage.mails() == []


async def test_a_finished_flow_leads_to_a_fresh_one(stage, client):
    flow = await sent(client, "recovery")
    code = await stage.code_to(EMAIL)
    await send(client, flow, method="code", code=code)
    answer = await send(client, flow, method="code", code=code)
    assert answer.status_code == 303
    fresh = (await client.get(answer.headers["location"])).json()
    assert (fresh["state"], message_ids(fresh)) == ("choose_method", [4060001])
    stage.set_flags(use_continue_with_transitions=True)
    error = (await send(client, flow, method="code", code=code)).json()["error"]
    assert (error["code"], error["details"]["continue_with"][0]["action"]) == (400, "show_recovery_ui")


@pytest.mark.parametrize("how", ["api", "browser"])
async def test_a_late_submit_sends_apps_to_a_fresh_flow_that_says_so(stage, client, how):
    flow = await sent(client, "recovery", how=how)
    code = await stage.code_to(EMAIL)
    stage.clock.advance(3601)
    answer = await send(client, flow, method="code", code=code)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{stage.public_url}/self-service/recovery/flows?id=")
    assert message_ids((await client.get(answer.headers["location"])).json()) == [4060005]
    assert (await whoami(client)).status_code == 401


async def test_a_late_submit_sends_pages_to_a_fresh_page(stage, client):
    flow = await sent(client, "recovery", how="browser")
    stage.clock.advance(3601)
    form = {"csrf_token": csrf_token(flow), "method": "code", "code": "123456"}
    answer = await client.post(f"/self-service/recovery?flow={flow['id']}", data=form, headers=AS_PAGE)
    assert answer.headers["location"].startswith(f"{stage.public_url}/ui/recovery?flow=")
    fresh = await again(client, {"id": answer.headers["location"].partition("flow=")[2]}, "recovery")
    assert message_ids(fresh) == [4060005]


async def test_whoever_is_signed_in_needs_no_recovery(stage):
    async with stage.client() as app:
        flow = await begin(app, "recovery", how="browser")
        await recovered(stage, app, await sent(app, "recovery", how="browser"))
        for kind in ("browser", "api"):
            answer = await app.get(f"/self-service/recovery/{kind}", headers=AS_JSON)
            assert (answer.status_code, answer.json()["error"]["id"]) == (400, "session_already_available")
        answer = await app.get("/self-service/recovery/browser", headers=AS_PAGE)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{stage.public_url}/ui/welcome")
        assert (await send(app, flow, method="code", email=EMAIL)).status_code in (400, 403)
        assert len(await stage.mails(EMAIL)) == 1


async def test_an_unknown_address_is_told_only_if_the_operator_wants_it(stage, client):
    await sent(client, "recovery", email=NOBODY)
    assert await stage.mails() == []
    stage.set_flow("recovery", notify_unknown_recipients=True)
    await sent(client, "recovery", email=NOBODY)
    mails = await stage.mails()
    assert [(mail["recipient"], mail["template_type"]) for mail in mails] == [(NOBODY, "recovery_code_invalid")]


async def test_password_managers_find_where_passwords_are_changed(stage, client):
    answer = await client.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{stage.public_url}/ui/settings")
