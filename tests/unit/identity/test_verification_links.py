"""Verification by what stands in mails: links that go through with it, and links that fill the code in."""

import pytest
from identity_stage import AS_JSON, message_ids, node
from recovery_stage import AS_PAGE, EMAIL, again, begin, on_stage, send, sent, wrong
from sqlalchemy import select

from headwater.store.tables import flows


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


def flow_id_of(answer):
    return answer.headers["location"].partition("flow=")[2]


@pytest.mark.parametrize("how", ["api", "browser"])
async def test_a_link_verifies_the_address_by_being_opened_in_whatever_browser(stage, client, how):
    stage.use("link")
    flow = await begin(client, "verification", how=how)
    shown = (await send(client, flow, method="link", email=EMAIL)).json()
    assert (shown["state"], shown["active"], message_ids(shown)) == ("sent_email", "link", [1080001])
    assert node(shown, "email")["attributes"]["value"] == EMAIL
    async with stage.client(headers=AS_PAGE) as elsewhere:
        answer = await elsewhere.get(await stage.link_to(EMAIL))
        assert (answer.status_code, flow_id_of(answer)) == (303, flow["id"])
        done = await again(elsewhere, flow, "verification")
    assert (done["state"], message_ids(done), done["ui"]["method"]) == ("passed_challenge", [1080002], "GET")
    assert (await stage.address()).verified
    assert (await stage.event_names()).count("Identity Verified") == 1


async def test_an_app_that_opens_its_link_itself_gets_the_flow(stage, client):
    stage.use("link")
    await sent(client, "verification", how="browser", method="link")
    answer = await client.get(await stage.link_to(EMAIL), headers=AS_JSON)
    assert (answer.status_code, answer.json()["state"]) == (200, "passed_challenge")


@pytest.mark.parametrize("headers", [pytest.param(AS_JSON, id="app"), pytest.param(AS_PAGE, id="page")])
async def test_a_link_works_once_and_then_leads_to_a_fresh_flow(stage, client, headers):
    stage.use("link")
    await sent(client, "verification", method="link")
    link = await stage.link_to(EMAIL)
    async with stage.client(headers=headers) as browser:
        await browser.get(link)
        answer = await browser.get(link)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"{stage.public_url}/ui/verification?flow=")
        fresh = await again(browser, {"id": flow_id_of(answer)}, "verification")
    assert (fresh["type"], fresh["state"], message_ids(fresh)) == ("browser", "choose_method", [4070001])
    assert (await stage.event_names()).count("Identity Verified") == 1


async def test_asking_for_another_link_does_not_kill_the_one_that_was_on_its_way(stage, client):
    stage.use("link")
    flow = await sent(client, "verification", method="link")
    first = await stage.link_to(EMAIL)
    assert (await send(client, flow, method="link", email=EMAIL)).status_code == 200
    assert first != await stage.link_to(EMAIL)
    async with stage.client() as browser:
        await browser.get(first)
    assert (await stage.address()).verified


async def test_an_earlier_link_expires_with_its_own_time_not_the_newer_ones(stage, client):
    stage.use("link", lifespan="1m")
    flow = await sent(client, "verification", method="link")
    first = await stage.link_to(EMAIL)
    stage.clock.advance(40)
    await send(client, flow, method="link", email=EMAIL)
    stage.clock.advance(21)
    async with stage.client() as browser:
        await browser.get(first)
        assert not (await stage.address()).verified
        await browser.get(await stage.link_to(EMAIL))
        assert (await stage.address()).verified


async def test_an_expired_link_says_so(stage, client):
    stage.use("link", lifespan="1m")
    await sent(client, "verification", method="link")
    stage.clock.advance(61)
    async with stage.client() as browser:
        answer = await browser.get(await stage.link_to(EMAIL))
        fresh = await again(browser, {"id": flow_id_of(answer)}, "verification")
    assert message_ids(fresh) == [4070005]
    assert not (await stage.address()).verified


async def test_links_are_built_on_the_configured_base(stage, client):
    stage.use("link", base_url="https://id.example.org/base/")
    await sent(client, "verification", method="link")
    body = (await stage.mails(EMAIL))[0]["body"]
    assert "https://id.example.org/base/self-service/verification?flow=" in body


@pytest.mark.parametrize("kind", ["verification", "recovery"])
@pytest.mark.parametrize("method", ["code", "link"])
async def test_a_forged_host_header_gets_into_no_mail(stage, client, kind, method):
    stage.use(method)
    client.headers.update(
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )
    await sent(client, kind, method=method)
    mail = (await stage.mails(EMAIL))[0]
    assert "evil.example" not in str(mail)
    assert method == "code" or f"{stage.public_url}/self-service/{kind}?" in mail["body"]


async def test_the_link_beside_a_code_fills_the_code_in_and_verifies_nothing(stage, client):
    flow = await sent(client, "verification", how="browser", return_to=f"{stage.public_url}/x")
    code = await stage.code_to(EMAIL)
    async with stage.client(headers=AS_PAGE) as elsewhere:
        answer = await elsewhere.get(await stage.link_to(EMAIL))
        assert (answer.status_code, flow_id_of(answer)) == (303, flow["id"])
        opened = await again(elsewhere, flow, "verification")
        assert (node(opened, "code")["attributes"]["value"], opened["state"]) == (code, "sent_email")
        assert not (await stage.address()).verified
        form = {"csrf_token": node(opened, "csrf_token")["attributes"]["value"], "method": "code", "code": code}
        answer = await elsewhere.post(f"/self-service/verification?flow={flow['id']}", data=form)
        assert (answer.status_code, flow_id_of(answer)) == (303, flow["id"])
    assert (await stage.address()).verified


async def test_a_native_apps_mail_may_be_opened_in_a_browser_and_the_app_sees_the_end(stage, client):
    flow = await sent(client, "verification")
    async with stage.client(headers=AS_PAGE) as browser:
        await browser.get("/self-service/verification/browser")  # it has cookies, as browsers do
        await browser.get(await stage.link_to(EMAIL))
        opened = await again(browser, flow, "verification")
        form = {"method": "code", "code": node(opened, "code")["attributes"]["value"]}
        answer = await browser.post(f"/self-service/verification?flow={flow['id']}", data=form)
        assert (answer.status_code, flow_id_of(answer)) == (303, flow["id"])
    assert (await again(client, flow, "verification"))["state"] == "passed_challenge"


async def test_scanners_that_open_the_link_use_up_no_guesses(stage, client):
    flow = await sent(client, "verification")
    link, code = await stage.link_to(EMAIL), await stage.code_to(EMAIL)
    for _ in range(8):
        async with stage.client() as scanner:
            await scanner.get(link)
    assert (await send(client, flow, method="code", code=code)).json()["state"] == "passed_challenge"


async def test_guesses_by_link_count_like_any_other_and_take_over_no_flow(stage, client):
    flow = await sent(client, "verification", how="browser")
    code = await stage.code_to(EMAIL)
    guess = f"/self-service/verification?flow={flow['id']}&code="
    async with stage.client(headers=AS_PAGE) as mallory:
        for _ in range(5):
            answer = await mallory.get(guess + wrong(code))
            assert flow_id_of(answer) != flow["id"]
        answer = await mallory.get(guess + code)
        fresh = await again(mallory, {"id": flow_id_of(answer)}, "verification")
        assert message_ids(fresh) == [4000001]
        hers = await mallory.get(f"/self-service/verification/flows?id={flow['id']}")
        assert hers.status_code == 403
    assert (await send(client, flow, method="code", code=code)).status_code == 410


async def test_a_code_from_an_opened_link_is_not_stored_in_clear(stage, client):
    flow = await sent(client, "verification")
    code = await stage.code_to(EMAIL)
    async with stage.client() as browser:
        await browser.get(await stage.link_to(EMAIL))
    stored = await stage.database.read(
        lambda connection: connection.execute(select(flows.c.document).where(flows.c.id == flow["id"])).scalar_one()
    )
    assert '"opened_code"' in stored
    assert f'"{code}"' not in stored


async def test_an_unknown_flow_in_a_link_is_an_error_page_or_a_404(stage):
    link = "/self-service/verification?flow=3fa85f64-5717-4562-b3fc-2c963f66afa6&token=x"
    async with stage.client() as browser:
        assert (await browser.get(link, headers=AS_JSON)).status_code == 404
        assert "/ui/error?id=" in (await browser.get(link, headers=AS_PAGE)).headers["location"]
        assert (await browser.get("/self-service/verification", headers=AS_JSON)).status_code == 400
