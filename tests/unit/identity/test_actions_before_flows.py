"""Actions before a flow: they run when it is begun, and whom they stop gets none. Nobody knows yet who it is."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from identity_stage import ADA, ADMIN, AS_JSON, jsonnet, register, start_native, web_hook

from headwater.identity.flows.beginning import AT_ONCE, AT_ONCE_IN_ALL
from headwater.store.tables import flows, held

CTX = jsonnet("function(ctx) ctx")
KINDS = ("login", "registration", "recovery", "verification")
ALWAYS = {"flow", "request_headers", "request_method", "request_url", "request_cookies", "client_ip"}


def before(stage, kind, *hooks):
    def change(whole):
        part = whole["selfservice"]["flows"].setdefault(kind, {})
        part["before"] = {"hooks": list(hooks)}
        if kind in ("recovery", "verification"):
            part["enabled"] = True

    stage.revise(change)


async def begin(client, kind, how="api", **more):
    return await client.get(f"/self-service/{kind}/{how}", headers={**AS_JSON, **more})


@pytest.mark.parametrize("how", ["api", "browser"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_hook_before_a_flow_sees_the_flow_and_the_request_and_nobody(stage, client, receiver, kind, how):
    before(stage, kind, web_hook(receiver.url, body=CTX))
    stored = []

    async def look():
        stored.append(await stage.count(flows))

    receiver.before_answer = look
    begun = await begin(client, kind, how)

    (ctx,) = receiver.bodies
    assert begun.status_code == 200, begun.text
    assert set(ctx) == ALWAYS
    assert (ctx["flow"]["id"], ctx["flow"]["type"]) == (begun.json()["id"], how)
    assert ctx["request_method"] == "GET"
    assert ctx["flow"]["ui"]["nodes"]
    assert stored == [0]


async def test_before_settings_it_is_known_whose_they_are(stage, client, receiver):
    done = await register(client)
    before(stage, "settings", web_hook(receiver.url, body=CTX))
    begun = await begin(client, "settings", **{"X-Session-Token": done["session_token"]})

    (ctx,) = receiver.bodies
    assert begun.status_code == 200
    assert set(ctx) == {*ALWAYS, "session"}
    assert ctx["session"]["identity"]["id"] == ctx["flow"]["identity"]["id"] == done["identity"]["id"]


@pytest.mark.parametrize("config", [{}, {"can_interrupt": True}, {"response": {"parse": True}}])
async def test_a_receiver_that_is_down_begins_no_flow(stage, client, receiver, config):
    before(stage, "login", web_hook(receiver.url, body=CTX, **config))
    receiver.status = 500

    assert (await begin(client, "login")).status_code == 502
    assert await stage.count(flows) == 0


async def test_a_receiver_that_says_no_is_heard_though_there_is_no_form_yet(stage, client, receiver):
    before(stage, "registration", web_hook(receiver.url, body=CTX, can_interrupt=True))
    receiver.will_say(
        {"messages": [{"messages": [{"id": 1, "text": "Closed on Sundays.", "type": "error"}]}]}, status=403
    )
    answer = await begin(client, "registration")

    assert answer.status_code == 400
    assert "Closed on Sundays." in answer.text
    page = await client.get("/self-service/registration/browser", headers={"Accept": "text/html"})
    assert (page.status_code, "/ui/error?id=" in page.headers["location"]) == (303, True)
    assert await stage.count(flows) == 0


async def test_whoever_has_no_flow_yet_is_not_told_to_submit_it_again(stage, client, receiver):
    before(stage, "login", web_hook(receiver.url, body=CTX))
    receiver.status = 400
    reason = (await begin(client, "login")).json()["error"]["reason"]

    assert "Please try again in a moment." in reason
    assert "Submit" not in reason


async def test_whom_a_receiver_stops_without_a_word_is_not_told_of_our_inside(stage, client, receiver):
    before(stage, "login", web_hook(receiver.url, body=CTX, can_interrupt=True))
    receiver.will_say({"messages": [{"messages": [{"id": 1, "type": "error"}]}]}, status=403)
    answer = await begin(client, "login")

    assert (answer.status_code, answer.json()["error"]["id"]) == (400, "action_interrupted")
    assert answer.json()["error"]["reason"] == "Whoever runs this site does not let you go on here."


async def test_an_identity_in_the_answer_of_a_receiver_before_a_flow_harms_nobody(stage, client, receiver):
    before(stage, "registration", web_hook(receiver.url, body=CTX, response={"parse": True}))
    receiver.will_say({"identity": {"traits": {"email": "mallory@example.org"}}})

    assert (await begin(client, "registration")).status_code == 200


async def test_an_ignored_hook_is_owed_with_the_flow_it_stands_before(stage, client, receiver):
    before(stage, "login", web_hook(receiver.url, body=CTX, response={"ignore": True}))
    assert (await begin(client, "login")).status_code == 200

    assert receiver.bodies == []
    assert [record.user_id for record in await stage.queued()] == [None]


async def test_a_hook_that_queues_on_error_lets_people_begin_and_is_sent_later(stage, client, receiver):
    before(stage, "login", web_hook(receiver.url, body=CTX, response={"on_error": "queue"}))
    receiver.status = 500
    assert (await begin(client, "login")).status_code == 200

    assert len(receiver.bodies) == 1
    assert len(await stage.queued()) == 1
    assert await stage.count(held) == 0


async def test_a_flow_that_is_begun_anew_because_it_expired_is_one_more(stage, client, receiver):
    before(stage, "registration", web_hook(receiver.url, body=CTX))
    flow = await start_native(client)
    stage.clock.advance(2 * 3600)
    answer = await client.post(f"/self-service/registration?flow={flow['id']}", json={"method": "password"})

    assert answer.status_code == 410
    assert [body["flow"]["id"] for body in receiver.bodies] == [flow["id"], answer.json()["use_flow_id"]]


async def test_the_settings_that_a_recovery_leads_to_are_a_flow_like_any_other(stage, client, receiver):
    done = await register(client)
    before(stage, "settings", web_hook(receiver.url, body=CTX))
    before(stage, "recovery")
    issued = await client.post("/admin/recovery/code", headers=ADMIN, json={"identity_id": done["identity"]["id"]})
    assert issued.status_code == 201, issued.text
    link, code = issued.json()["recovery_link"], issued.json()["recovery_code"]
    flow_id = link.rpartition("flow=")[2].partition("&")[0]
    answer = await client.post(
        f"/self-service/recovery?flow={flow_id}", json={"method": "code", "code": code}, headers=AS_JSON
    )

    assert answer.status_code in (200, 422), answer.text
    (ctx,) = receiver.bodies
    assert ctx["session"]["identity"]["traits"] == ADA


@asynccontextmanager
async def hanging(client, receiver, *kinds):
    """Begin one flow of each of `kinds`: all of them wait for the receiver, until they are given up."""
    arrived, is_over = asyncio.Semaphore(0), asyncio.Event()

    async def hang():
        arrived.release()
        await is_over.wait()

    receiver.before_answer = hang
    waiting = [asyncio.create_task(begin(client, kind)) for kind in kinds]
    for _ in waiting:
        await asyncio.wait_for(arrived.acquire(), timeout=10)
    receiver.before_answer = None
    try:
        yield
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        is_over.set()


async def test_mallory_who_begins_flows_at_a_receiver_that_hangs_is_turned_away_before_she_has_all_connections(
    stage, client, receiver
):
    before(stage, "login", web_hook(receiver.url, body=CTX))
    async with hanging(client, receiver, *["login"] * AT_ONCE):
        answer = await asyncio.wait_for(begin(client, "login"), timeout=10)

        assert (answer.status_code, answer.json()["error"]["id"]) == (503, "too_many_beginnings")
        assert answer.headers["retry-after"] == "5"
        assert (len(receiver.bodies), await stage.count(flows)) == (AT_ONCE, 0)


async def test_mallory_who_spreads_over_all_kinds_of_flows_gets_no_more(stage, client, receiver):
    for kind in ("login", "registration", "recovery"):
        before(stage, kind, web_hook(receiver.url, body=CTX))
    each = AT_ONCE_IN_ALL // 2
    async with hanging(client, receiver, *["login"] * each, *["registration"] * each):
        assert (await begin(client, "recovery")).status_code == 503


async def test_flows_whose_receivers_hang_keep_nobody_from_others(stage, client, receiver):
    before(stage, "login", web_hook(receiver.url, body=CTX))
    before(stage, "registration", web_hook(receiver.url, body=CTX))
    before(stage, "recovery", web_hook(receiver.url, body=CTX, response={"ignore": True}))
    async with hanging(client, receiver, *["login"] * AT_ONCE):
        statuses = [(await begin(client, kind)).status_code for kind in ("registration", "recovery")]

        assert statuses == [200, 200]


async def test_whoever_gave_up_waiting_makes_room(stage, client, receiver):
    before(stage, "login", web_hook(receiver.url, body=CTX))
    async with hanging(client, receiver, *["login"] * AT_ONCE):
        pass

    assert (await begin(client, "login")).status_code == 200
