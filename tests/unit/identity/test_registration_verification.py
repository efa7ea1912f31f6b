"""A sign-up is sent a code for its address, in the transaction that makes the person. Compared with the real Kratos."""

import pytest
from identity_stage import (
    ADA,
    AS_JSON,
    PUBLIC_URL,
    csrf_token,
    register,
    start_in_browser,
    start_native,
    submit,
)

from headwater.identity.courier import queue
from headwater.store.tables import courier_messages, identities

SHOW = [{"hook": "session"}, {"hook": "show_verification_ui"}]


@pytest.fixture
def stage(stage):
    def change(whole):
        whole["selfservice"]["flows"]["verification"]["enabled"] = True

    stage.revise(change)
    return stage


async def redeem(client, flow_id, code, **more):
    url = f"/self-service/verification?flow={flow_id}"
    return await client.post(url, json={"method": "code", "code": code, **more}, headers=AS_JSON)


async def is_verified(client, token):
    session = (await client.get("/sessions/whoami", headers={"X-Session-Token": token})).json()
    (address,) = session["identity"]["verifiable_addresses"]
    return address["verified"]


async def test_a_native_sign_up_is_led_to_its_verification(stage, client):
    stage.set_hooks(*SHOW, method="password")
    done = await register(client)

    shown, token = done["continue_with"]
    assert shown["action"] == "show_verification_ui"
    assert shown["flow"]["verifiable_address"] == ADA["email"]
    assert "url" not in shown["flow"]
    assert token["action"] == "set_ory_session_token"
    assert not await is_verified(client, done["session_token"])
    answer = await redeem(client, shown["flow"]["id"], await stage.code_to(ADA["email"]))
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "passed_challenge"
    assert await is_verified(client, done["session_token"])


async def test_a_single_page_app_is_led_to_it_too_and_its_browser_may_go_on(stage, client):
    stage.set_hooks(*SHOW, method="password")
    flow = await start_in_browser(client)
    done = (await submit(client, flow, ADA, csrf_token=csrf_token(flow))).json()

    redirect, shown = done["continue_with"]
    assert redirect == {"action": "redirect_browser_to", "redirect_browser_to": f"{PUBLIC_URL}/ui/welcome"}
    flow_id = shown["flow"]["id"]
    assert shown["flow"]["url"] == f"{PUBLIC_URL}/ui/verification?flow={flow_id}"
    seen = await client.get("/self-service/verification/flows", params={"id": flow_id}, headers=AS_JSON)
    assert seen.status_code == 200, seen.text
    code = await stage.code_to(ADA["email"])
    passed = await redeem(client, flow_id, code, csrf_token=csrf_token(seen.json()))
    assert passed.json()["state"] == "passed_challenge"


async def test_a_page_goes_straight_to_the_verification(stage, client):
    stage.set_hooks(*SHOW, method="password")
    flow = await start_in_browser(client)
    form = {"method": "password", "password": "correct horse battery", "traits.email": ADA["email"]}
    form["csrf_token"] = csrf_token(flow)
    answer = await client.post(flow["ui"]["action"], data=form, headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{PUBLIC_URL}/ui/verification?flow=")


async def test_without_the_hook_the_mail_goes_out_and_nobody_is_led_anywhere(stage, client):
    done = await register(client)

    assert [item["action"] for item in done["continue_with"]] == ["set_ory_session_token"]
    assert len(await stage.mails(ADA["email"])) == 1


async def test_mail_flooding_stops_the_mail_and_not_the_sign_up(stage, client, monkeypatch):
    monkeypatch.setattr(queue, "PROJECT_MESSAGES_PER_HOUR", 0)
    stage.set_hooks(*SHOW, method="password")
    done = await register(client)

    assert done["session_token"]
    assert await stage.count(courier_messages) == 0
    assert await stage.count(identities) == 1


async def test_a_taken_identifier_is_sent_no_second_mail(stage, client):
    await register(client)
    await submit(client, await start_native(client), ADA)

    assert await stage.count(courier_messages) == 1


async def test_under_mitigate_the_verification_looks_alike_and_never_succeeds(stage, client):
    stage.set_hooks(*SHOW, method="password")
    stage.revise(lambda whole: whole.update(security={"account_enumeration": {"mitigate": True}}))
    (new,) = (await register(client))["continue_with"]
    code = await stage.code_to(ADA["email"])
    (pretended,) = (await register(client))["continue_with"]

    assert {**new["flow"], "id": ""} == {**pretended["flow"], "id": ""}
    assert len(await stage.mails(ADA["email"])) == 1
    seen = [
        (await client.get("/self-service/verification/flows", params={"id": item["flow"]["id"]})).json()
        for item in (new, pretended)
    ]
    assert seen[0]["state"] == seen[1]["state"] == "sent_email"
    answer = await redeem(client, pretended["flow"]["id"], code)
    assert answer.json()["state"] != "passed_challenge"
