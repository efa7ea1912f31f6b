"""Receivers that say no to a recovery or a verification: nothing has happened, and the code or link is still good."""

import pytest
from identity_stage import AS_JSON, jsonnet, message_ids, web_hook
from recovery_stage import AS_PAGE, EMAIL, again, on_stage, send, sent

from headwater.store.tables import sessions

SAYS_NO = {"messages": [{"messages": [{"id": 1234, "text": "Call us first.", "type": "error"}]}]}
KINDS = pytest.mark.parametrize("kind", ["recovery", "verification"])


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def has_happened(stage, kind):
    return (await stage.address()).verified if kind == "verification" else await stage.count(sessions) > 1


@KINDS
async def test_by_code_the_form_says_why_and_the_code_is_still_good(stage, client, receiver, kind):
    stage.hook_after(kind, web_hook(receiver.url, can_interrupt=True))
    receiver.will_say(SAYS_NO, status=403)
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    answer = await send(client, flow, method="code", code=code)

    assert (answer.status_code, answer.json()["id"]) == (400, flow["id"])
    assert message_ids(answer.json())[-1:] == [1234]
    assert not await has_happened(stage, kind)

    receiver.will_say({})
    again_sent = await send(client, flow, method="code", code=code)
    assert again_sent.status_code in (200, 422), again_sent.text
    assert await has_happened(stage, kind)


@KINDS
async def test_by_link_a_fresh_form_says_why_and_the_link_is_still_good(stage, client, receiver, kind):
    stage.use("link")
    stage.hook_after(kind, web_hook(receiver.url, response={"parse": True}))
    receiver.will_say(SAYS_NO, status=403)
    await sent(client, kind, how="browser", method="link")
    link = await stage.link_to(EMAIL)
    async with stage.client(headers=AS_PAGE) as browser:
        answer = await browser.get(link)
        assert answer.status_code == 303
        fresh = {"id": answer.headers["location"].partition("flow=")[2]}
        browser.headers.update(AS_JSON)
        assert message_ids(await again(browser, fresh, kind)) == [1234]
    assert not await has_happened(stage, kind)

    receiver.will_say({})
    async with stage.client(headers=AS_PAGE) as browser:
        assert (await browser.get(link)).status_code == 303
    assert await has_happened(stage, kind)


async def test_a_receiver_hears_of_a_verified_address_before_it_is_stored_as_one(stage, client, receiver):
    seen = []

    async def look():
        seen.append((await stage.address()).verified)

    receiver.before_answer = look
    stage.hook_after("verification", web_hook(receiver.url, can_interrupt=True), web_hook(receiver.url, id="after"))
    flow = await sent(client, "verification")
    await send(client, flow, method="code", code=await stage.code_to(EMAIL))

    assert seen == [False, True]
    shown = [body["ctx"]["identity"]["verifiable_addresses"][0]["verified"] for body in receiver.bodies]
    assert shown == [True, True]


@KINDS
async def test_a_receiver_can_not_take_an_account_with_the_link_that_it_is_told_of(stage, client, receiver, kind):
    stage.use("link")
    stage.hook_after(kind, web_hook(receiver.url, can_interrupt=True, body=jsonnet("function(ctx) ctx")))
    receiver.will_say({})
    await sent(client, kind, how="browser", method="link")
    link = await stage.link_to(EMAIL)
    token = link.partition("token=")[2].partition("&")[0]
    async with stage.client(headers={**AS_PAGE, "Referer": f"https://mail.example.org/?a=1&token={token}"}) as browser:
        assert (await browser.get(link)).status_code == 303

    (ctx,) = receiver.bodies
    assert len(token) > 10
    assert token not in str(ctx)
    assert "token=withheld" in ctx["request_url"]
    assert ctx["request_url"].partition("flow=")[2]
    assert ctx["request_headers"]["Referer"] == ["https://mail.example.org/?a=1&token=withheld"]
