"""Coming in with an address that nobody has proven yet: `verification` and `show_verification_ui` after a login."""

import pytest
from identity_stage import AS_JSON, PASSWORD, PUBLIC_URL, csrf_token, message_ids
from login_stage import in_app, native, password_of, post_form
from login_stage import send as sign_in
from recovery_stage import EMAIL, again, on_stage, send

VERIFY = {"hook": "verification"}
SHOW = {"hook": "show_verification_ui"}


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        stage.revise(lambda whole: whole["selfservice"]["flows"].setdefault("login", {"after": {"hooks": []}}))
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


def after_login(stage, *hooks, method=None):
    def change(whole):
        login = whole["selfservice"]["flows"].setdefault("login", {}).setdefault("after", {})
        (login.setdefault(method, {}) if method else login)["hooks"] = list(hooks)

    stage.revise(change)


async def enter(client):
    answer = await sign_in(client, await native(client), password_of(EMAIL))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("method", [None, "password"])
async def test_whoever_comes_in_unproven_is_sent_a_code_with_their_session(stage, client, method):
    after_login(stage, VERIFY, method=method)
    done = await enter(client)

    assert done["continue_with"] is None
    assert [mail["template_type"] for mail in await stage.mails(EMAIL)] == ["verification_code_valid"]
    assert (await stage.address()).status == "sent"


async def test_an_app_is_told_where_to_bring_it_back(stage, client):
    after_login(stage, VERIFY, SHOW)
    (item,) = (await enter(client))["continue_with"]

    assert item["action"] == "show_verification_ui"
    assert item["flow"]["verifiable_address"] == EMAIL
    shown = await again(client, item["flow"], "verification")
    assert shown["state"] == "sent_email"
    await send(client, shown, method="code", code=await stage.code_to(EMAIL))
    assert (await stage.address()).verified
    assert (await enter(client))["continue_with"] is None  # proven: nothing more to do
    assert len(await stage.mails(EMAIL)) == 1


async def test_orys_older_flag_tells_apps_without_the_hook(stage, client):
    stage.set_flags(legacy_continue_with_verification_ui=True)
    after_login(stage, VERIFY)
    (item,) = (await enter(client))["continue_with"]
    assert item["action"] == "show_verification_ui"


async def test_a_page_goes_to_the_verification_and_may_finish_it(stage, client):
    after_login(stage, VERIFY, SHOW)
    flow = await in_app(client, f"?return_to={PUBLIC_URL}/x")
    answer = await post_form(client, flow, password_of(EMAIL))

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{PUBLIC_URL}/ui/verification?flow=")
    begun = {"id": answer.headers["location"].partition("flow=")[2]}
    shown = await again(client, begun, "verification")  # this browser's, by the cookie that came with the session
    assert shown["return_to"] == f"{PUBLIC_URL}/x"
    done = await send(client, shown, method="code", code=await stage.code_to(EMAIL))
    assert done.json()["state"] == "passed_challenge"


async def test_a_single_page_app_reads_both_ways_on(stage, client):
    after_login(stage, VERIFY, SHOW)
    done = (await sign_in(client, await in_app(client), password_of(EMAIL))).json()
    assert [item["action"] for item in done["continue_with"]] == ["redirect_browser_to", "show_verification_ui"]


async def test_without_the_second_hook_a_page_goes_where_it_wanted(stage, client):
    after_login(stage, VERIFY)
    answer = await post_form(client, await in_app(client, f"?return_to={PUBLIC_URL}/x"), password_of(EMAIL))
    assert answer.headers["location"] == f"{PUBLIC_URL}/x"


async def test_the_second_hook_alone_does_nothing(stage, client):
    after_login(stage, SHOW)
    assert (await enter(client))["continue_with"] is None
    assert await stage.mails() == []


async def test_a_wrong_password_sends_nobody_a_code(stage, client):
    after_login(stage, VERIFY, SHOW)
    answer = await sign_in(client, await native(client), password_of(EMAIL, "guess"))
    assert message_ids(answer.json()) == [4000006]
    assert await stage.mails() == []


async def test_a_login_that_an_action_stops_sends_no_code(stage, client):
    down = {"hook": "web_hook", "config": {"url": "http://127.0.0.1:9/", "method": "TRACE"}}
    after_login(stage, VERIFY, SHOW, down)
    assert (await sign_in(client, await native(client), password_of(EMAIL))).status_code == 502
    assert await stage.mails() == []


async def test_too_much_mail_keeps_nobody_out(stage, client):
    after_login(stage, VERIFY, SHOW)
    for _ in range(12):
        done = await enter(client)
    assert done["session_token"]
    assert len(await stage.mails(EMAIL)) == 10


async def test_where_verification_is_off_nothing_is_sent(stage, client):
    after_login(stage, VERIFY, SHOW)
    stage.set_flow("verification", enabled=False)
    assert (await enter(client))["continue_with"] is None
    assert await stage.mails() == []


async def test_proving_again_who_one_is_keeps_the_flow_that_asked_for_it(stage, client):
    after_login(stage, VERIFY, SHOW)
    stage.set_flow("settings", privileged_session_max_age="1m")
    await sign_in(client, await in_app(client), password_of(EMAIL))
    settings = (await client.get("/self-service/settings/browser", headers=AS_JSON)).json()
    stage.clock.advance(61)
    kept = {"method": "password", "password": "another horse battery", "csrf_token": csrf_token(settings)}
    assert (await client.post(settings["ui"]["action"], json=kept, headers=AS_JSON)).status_code == 403
    refresh = await in_app(client, "?refresh=true")
    answer = await sign_in(client, refresh, {"method": "password", "identifier": EMAIL, "password": PASSWORD})
    assert answer.status_code == 200
    resumed = await client.get(f"/self-service/settings?flow={settings['id']}", headers=AS_JSON)
    assert resumed.status_code == 200
    assert resumed.json()["state"] == "success"
