"""Recovery by code that was begun with `skip_settings`: it ends where the person wanted to go, not at the settings."""

import pytest
from identity_stage import AS_JSON, csrf_token
from recovery_stage import AS_PAGE, EMAIL, begin, on_stage, send, sent

from headwater.store.tables import flows

APP = "https://app.example.org/home"


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        stage.revise(lambda whole: whole["selfservice"].update(allowed_return_urls=["https://app.example.org"]))
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def recovered(stage, client, flow):
    return await send(client, flow, method="code", code=await stage.code_to(EMAIL))


async def whoami(client, token=None):
    headers = {"X-Session-Token": token} if token else {}
    return (await client.get("/sessions/whoami", headers=headers)).status_code


@pytest.mark.parametrize("return_to", [APP, None])
async def test_a_page_ends_where_the_person_wanted_to_go(stage, return_to):
    # What comes after the settings is no place for somebody who skips them.
    stage.set_flow("recovery", after={"default_browser_return_url": "https://app.example.org/after"})
    async with stage.client(headers=AS_PAGE) as browser:
        flow = await begin(browser, "recovery", how="browser", skip_settings="true", return_to=return_to or "")
        path = f"/self-service/recovery?flow={flow['id']}"
        form = {"csrf_token": csrf_token(flow), "method": "code"}
        await browser.post(path, data={**form, "email": EMAIL})
        answer = await browser.post(path, data={**form, "code": await stage.code_to(EMAIL)})
        place = return_to or f"{stage.public_url}/ui/welcome"
        assert (answer.status_code, answer.headers["location"]) == (303, place)
        assert await whoami(browser) == 200


@pytest.mark.parametrize("transitions", [True, False])
async def test_a_single_page_app_gets_the_flow_and_a_cookie(stage, client, transitions):
    stage.set_flags(use_continue_with_transitions=transitions)
    answer = await recovered(stage, client, await sent(client, "recovery", how="browser", skip_settings="true"))
    assert (answer.status_code, answer.json()["state"]) == (200, "passed_challenge")
    assert "continue_with" not in answer.json()
    assert await whoami(client) == 200


@pytest.mark.parametrize("transitions", [True, False])
async def test_a_native_app_gets_the_flow_and_a_token(stage, client, transitions):
    stage.set_flags(use_continue_with_transitions=transitions)
    answer = await recovered(stage, client, await sent(client, "recovery", skip_settings="1"))
    assert (answer.status_code, answer.json()["state"]) == (200, "passed_challenge")
    (step,) = answer.json()["continue_with"]
    assert step["action"] == "set_ory_session_token"
    assert await whoami(client, step["ory_session_token"]) == 200
    assert (await stage.event_names()).count("Signed In") == 1  # it has its session, so it signed in


async def test_no_settings_are_begun_that_nobody_goes_to(stage, client):
    flow = await sent(client, "recovery", skip_settings="true")
    before = await stage.count(flows)
    await recovered(stage, client, flow)
    assert await stage.count(flows) == before


@pytest.mark.parametrize("said", ["false", "0", "", "yes", "tRue"])
async def test_what_is_not_true_skips_nothing(stage, client, said):
    answer = await recovered(stage, client, await sent(client, "recovery", how="browser", skip_settings=said))
    assert answer.json()["redirect_browser_to"].startswith(f"{stage.public_url}/ui/settings?flow=")


async def test_links_lead_to_the_settings_nevertheless(stage, client):
    stage.use("link")
    await sent(client, "recovery", how="browser", method="link", skip_settings="true")
    answer = await client.get(await stage.link_to(EMAIL), headers=AS_JSON)
    assert answer.headers["location"].startswith(f"{stage.public_url}/ui/settings?flow=")


async def test_an_open_redirect_is_none_the_easier(client):
    answer = await client.get(
        "/self-service/recovery/browser",
        params={"skip_settings": "true", "return_to": "https://mallory.example"},
        headers=AS_JSON,
    )
    assert (answer.status_code, answer.json()["error"]["id"]) == (400, "self_service_flow_return_to_forbidden")
