"""Recovery that operators issue while people can't recover by themselves: the support desk's way in, and no other."""

import pytest
from identity_stage import ADMIN, message_ids
from recovery_stage import AS_PAGE, EMAIL, again, on_stage, path_of, send, sent, wrong

from headwater.store.tables import flows, sessions

DISABLED = (400, "self_service_flow_disabled")


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        stage.set_flow("recovery", enabled=False)
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def issue(stage, what, **body):
    async with stage.client() as operator:
        whose = await stage.person_id()
        answer = await operator.post(f"/admin/recovery/{what}", json={"identity_id": whose, **body}, headers=ADMIN)
    assert answer.status_code == {"code": 201, "link": 200}[what], answer.text
    return answer.json()


def flow_id_of(issued):
    return issued["recovery_link"].partition("flow=")[2].partition("&")[0]


async def post(client, issued, **body):
    return await client.post(f"/self-service/recovery?flow={flow_id_of(issued)}", json={"method": "code", **body})


def refusal(answer):
    return answer.status_code, answer.json()["error"]["id"]


async def whoami(client):
    return (await client.get("/sessions/whoami")).status_code


async def test_the_code_in_a_browser_lets_in_after_wrong_ones(stage):
    issued = await issue(stage, "code")
    code = issued["recovery_code"]
    async with stage.client(headers=AS_PAGE) as browser:
        assert (await again(browser, {"id": flow_id_of(issued)}, "recovery"))["state"] == "sent_email"
        path = f"/self-service/recovery?flow={flow_id_of(issued)}"
        answer = await browser.post(path, data={"method": "code", "code": wrong(code)})
        assert answer.headers["location"] == issued["recovery_link"]
        shown = await again(browser, {"id": flow_id_of(issued)}, "recovery")
        assert message_ids(shown) == [4060006]
        answer = await browser.post(path, data={"method": "code", "code": code})
        assert answer.headers["location"].startswith(f"{stage.public_url}/ui/settings?flow=")
        assert await whoami(browser) == 200


async def test_the_code_in_an_app_lets_in(stage, client):
    stage.set_flags(use_continue_with_transitions=True)
    issued = await issue(stage, "code", flow_type="api")
    answer = await post(client, issued, code=issued["recovery_code"])
    assert (answer.status_code, answer.json()["state"]) == (200, "passed_challenge")
    token = answer.json()["continue_with"][0]["ory_session_token"]
    assert (await client.get("/sessions/whoami", headers={"X-Session-Token": token})).status_code == 200


async def test_the_link_lets_in(stage, client):
    stage.revise(lambda whole: whole["selfservice"]["methods"].update(link={"enabled": True}))
    issued = await issue(stage, "link")
    await client.get(path_of(issued["recovery_link"]))
    assert await whoami(client) == 200


async def test_a_flow_of_the_desk_sends_no_mail_to_anybody(stage, client):
    issued = await issue(stage, "code")
    assert refusal(await post(client, issued, email=EMAIL)) == DISABLED
    assert await stage.mails() == []
    # Nor did asking use the code up.
    assert (await post(client, issued, code=issued["recovery_code"])).status_code == 422


@pytest.mark.parametrize("end", ["expired", "used", "guessed"])
async def test_what_is_over_begins_nothing_anew(stage, client, end):
    issued = await issue(stage, "code", expires_in="1m")
    code = issued["recovery_code"]
    if end == "expired":
        stage.clock.advance(61)
    if end == "used":
        await post(client, issued, code=code)
    for _ in range(5 if end == "guessed" else 0):
        await post(client, issued, code=wrong(code))
    before = await stage.count(flows), await stage.count(sessions)
    async with stage.client() as mallory:
        assert refusal(await post(mallory, issued, code=code)) == DISABLED
    assert (await stage.count(flows), await stage.count(sessions)) == before


async def test_a_forged_link_begins_nothing_anew(stage, client):
    stage.revise(lambda whole: whole["selfservice"]["methods"].update(link={"enabled": True}))
    issued = await issue(stage, "link")
    before = await stage.count(flows)
    forged = path_of(issued["recovery_link"]) + "x"
    assert refusal(await client.get(forged, headers={"Accept": "application/json"})) == DISABLED
    assert (await stage.count(flows), await whoami(client)) == (before, 401)


@pytest.mark.parametrize("method", ["code", "link"])
async def test_what_people_began_before_it_was_switched_off_goes_no_further(stage, client, method):
    stage.use(method)
    stage.set_flow("recovery", enabled=True)
    flow = await sent(client, "recovery", method=method)
    link = await stage.link_to(EMAIL) if method == "link" else None
    body = {"code": await stage.code_to(EMAIL)} if method == "code" else {"email": EMAIL}
    stage.set_flow("recovery", enabled=False)
    assert refusal(await send(client, flow, method=method, **body)) == DISABLED
    if link:
        assert refusal(await client.get(link, headers={"Accept": "application/json"})) == DISABLED
    assert await stage.count(sessions) == 1  # Ada's, from when she signed up


async def test_nobody_begins_one_by_themselves(client):
    answer = await client.get("/self-service/recovery/api")
    assert refusal(answer) == DISABLED
