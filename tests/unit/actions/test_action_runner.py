"""Prepare, store, run: what is owed is never lost, what fails never breaks more than it must."""

import asyncio

import pytest
from actions_stage import Stage, base64_body, named, occasion, web_hook
from structlog.testing import capture_logs

from headwater.actions.chain import Chain, Trigger
from headwater.actions.errors import ActionFailedError, ActionNotRenderedError
from headwater.actions.occasion import Occasion
from headwater.actions.runner import Prepared
from headwater.core.event import ACTION, ACTIONS_SOURCE

IGNORED = {"response": {"ignore": True}}
QUEUE = {"response": {"on_error": "queue"}}
COOKIES = base64_body("function(ctx) {cookies: ctx.request_cookies, headers: ctx.request_headers}")
FAILS = base64_body("function(ctx) ctx.nothing")
CANCELS = base64_body("function(ctx) error 'cancel'")


def with_cookies(**own: str) -> Occasion:
    at = occasion(request_cookies={"_ga": "GA1"}, request_headers={"Cookie": ["_ga=GA1"], "Accept": ["*/*"]})
    return Occasion(
        project_id=at.project_id,
        identity_id=at.identity_id,
        trigger=at.trigger,
        context=at.context,
        own_cookies=own,
    )


async def test_an_ignored_hook_is_owed_and_not_sent(stage: Stage, receiver):
    await stage.play(web_hook(receiver.url, id="crm", **IGNORED))

    (record,) = await stage.owed()
    (action,) = await stage.owed_actions()
    assert receiver.calls == []
    assert (record.source, record.type, record.user_id) == (ACTIONS_SOURCE, ACTION, "ada-id")
    assert record.message_id == action.trigger_id
    assert (action.action_id, action.flow, action.project_id) == ("crm", "registration", "project-1")
    assert (action.identity_id, action.timeout_seconds) == ("ada-id", 30)
    assert (action.request.method, action.request.url) == ("POST", receiver.url)
    assert b"ada@example.org" in action.request.body


async def test_what_is_owed_is_sealed(stage: Stage, receiver):
    auth = {"type": "api_key", "config": {"name": "X-Key", "value": "hunter2", "in": "header"}}
    await stage.play(web_hook(receiver.url, auth=auth, **IGNORED))

    (record,) = await stage.owed()
    (action,) = await stage.owed_actions()
    assert ("X-Key", "hunter2") in action.request.headers
    assert b"hunter2" not in record.body
    assert b"ada@example.org" not in record.body


@pytest.mark.parametrize("body", [FAILS, CANCELS, base64_body("function(ctx) {"), "base64://%"])
@pytest.mark.parametrize("response", [IGNORED, QUEUE])
async def test_a_queued_hook_that_gives_no_request_is_left_out_and_breaks_nothing(
    stage: Stage, receiver, body, response
):
    with capture_logs() as logs:
        await stage.play(named({"url": receiver.url, "body": body, **response}, 0))

    assert receiver.calls == []
    assert await stage.owed() == []
    assert await stage.held() == 0
    assert logs[0]["hook"].endswith("/hooks/0")


@pytest.mark.parametrize("response", [IGNORED, QUEUE])
async def test_what_is_kept_for_days_never_holds_a_cookie_of_the_person(stage: Stage, closed_port, response):
    hook = web_hook(f"http://127.0.0.1:{closed_port}/", body=COOKIES, expose_session_cookie=True, **response)

    await stage.play(hook, at=with_cookies(ory_kratos_session="live"))

    (action,) = await stage.owed_actions()
    assert b"GA1" not in action.request.body
    assert b"live" not in action.request.body
    assert b"Accept" in action.request.body


@pytest.mark.parametrize(
    ("config", "expected"),
    [({}, {"_ga": "GA1"}), ({"expose_session_cookie": True}, {"_ga": "GA1", "ory_kratos_session": "live"})],
)
async def test_only_a_hook_that_asks_sees_the_session_cookie(stage: Stage, receiver, config, expected):
    await stage.play(web_hook(receiver.url, body=COOKIES, **config), at=with_cookies(ory_kratos_session="live"))

    assert receiver.calls[0].json["cookies"] == expected


async def test_a_held_hook_that_arrives_is_owed_no_more(stage: Stage, receiver):
    await stage.play(web_hook(receiver.url, **QUEUE))

    assert len(receiver.calls) == 1
    assert (await stage.held(), await stage.owed()) == (0, [])


@pytest.mark.parametrize("status", [400, 429, 500, 501])
async def test_a_held_hook_that_fails_is_queued_under_the_id_of_its_first_try(stage: Stage, receiver, status):
    receiver.will_answer(status)

    await stage.play(web_hook(receiver.url, emit_analytics_event=False, **QUEUE))

    (record,) = await stage.owed()
    assert [call.headers["Ory-Webhook-Trigger-Id"] for call in receiver.calls] == [record.message_id]
    assert await stage.held() == 0
    assert stage.clock.slept == [], "the queue is the retry; the person doesn't wait for it"


async def test_a_held_hook_whose_receiver_is_down_lets_people_in(stage: Stage, closed_port):
    await stage.play(web_hook(f"http://127.0.0.1:{closed_port}/", **QUEUE))

    assert len(await stage.owed()) == 1


async def test_is_held_before_anything_is_sent(stage: Stage, receiver):
    chain = Chain(web_hooks=(web_hook(receiver.url, **QUEUE),))
    prepared = await stage.runner.prepare(chain, occasion())
    await stage.database.write(lambda connection: stage.runner.store(connection, prepared))

    assert receiver.calls == []
    assert await stage.held() == 1
    assert prepared.held[0].message_id == prepared.calls[chain.inline[0].path].trigger_id


async def test_storing_the_same_sign_up_again_replaces_what_is_held(stage: Stage, receiver):
    chain = Chain(web_hooks=(web_hook(receiver.url, **QUEUE),))
    for _ in range(2):
        prepared = await stage.runner.prepare(chain, occasion())
        await stage.database.write(lambda connection, due=prepared: stage.runner.store(connection, due))

    assert await stage.held() == 1


async def test_what_is_stored_goes_with_the_transaction(stage: Stage, receiver):
    chain = Chain(web_hooks=(web_hook(receiver.url, **QUEUE), named({"url": receiver.url, **IGNORED}, 1)))
    prepared = await stage.runner.prepare(chain, occasion())

    def identity_insert_fails(connection):
        stage.runner.store(connection, prepared)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stage.database.write(identity_insert_fails)

    assert (await stage.held(), await stage.owed()) == (0, [])


async def test_inline_hooks_run_in_order_one_by_one(stage: Stage, receiver):
    hooks = [named({"url": f"{receiver.url}/{name}"}, number) for number, name in enumerate("abc")]

    await stage.play(*hooks)

    assert [call.path for call in receiver.calls] == ["/hook/a", "/hook/b", "/hook/c"]


async def test_the_first_failure_stops_the_chain_and_what_was_held_behind_it_is_still_owed(stage: Stage, receiver):
    receiver.will_answer(200, 404)
    first, failing, held = (
        named({"url": f"{receiver.url}/first", **QUEUE}, 0),
        named({"url": f"{receiver.url}/failing"}, 1),
        named({"url": f"{receiver.url}/held", **QUEUE}, 2),
    )

    with pytest.raises(ActionFailedError):
        await stage.play(first, failing, held)

    assert [call.path for call in receiver.calls] == ["/hook/first", "/hook/failing"]
    assert [action.request.url for action in await stage.owed_actions()] == [f"{receiver.url}/held"]
    assert await stage.held() == 0


async def test_a_run_that_is_cancelled_owes_what_it_did_not_finish(stage: Stage):
    arrived = asyncio.Event()

    class Hanging:
        async def send(self, _request):
            arrived.set()
            await asyncio.Event().wait()

    playing = asyncio.create_task(stage.sending_through(Hanging()).play(web_hook(**QUEUE)))
    await arrived.wait()
    playing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await playing

    assert len(await stage.owed()) == 1
    assert await stage.held() == 0


async def test_an_inline_hook_that_cancels_is_no_failure(stage: Stage, receiver):
    await stage.play(named({"url": receiver.url, "body": CANCELS}, 0), named({"url": receiver.url}, 1))

    assert len(receiver.calls) == 1


async def test_an_inline_hook_whose_jsonnet_fails_fails_the_flow(stage: Stage, receiver):
    with capture_logs() as logs, pytest.raises(ActionNotRenderedError) as caught:
        await stage.play(web_hook(receiver.url, body=FAILS))

    assert caught.value.status == 500
    assert receiver.calls == []
    assert logs[0]["event"] == "action_not_rendered"


async def test_the_logger_says_what_the_person_is_not_told(stage: Stage, closed_port):
    with capture_logs() as logs, pytest.raises(ActionFailedError):
        await stage.play(web_hook(f"http://127.0.0.1:{closed_port}/?token=hunter2"))

    assert str(closed_port) in logs[0]["reason"]
    assert "hunter2" not in str(logs)


async def test_without_hooks_nothing_is_written(stage: Stage):
    await stage.play()
    await stage.runner.run((), occasion(), Prepared())

    assert (await stage.held(), await stage.owed()) == (0, [])


async def test_a_resubmitted_sign_up_sends_under_the_same_id_so_the_log_can_tell(stage: Stage, receiver):
    receiver.will_answer(404, 200)
    with pytest.raises(ActionFailedError):
        await stage.play(web_hook(receiver.url))
    await stage.play(web_hook(receiver.url))

    assert len({call.headers["Ory-Webhook-Trigger-Id"] for call in receiver.calls}) == 1


def test_a_trigger_needs_no_method():
    assert Trigger(flow="registration").method is None


async def test_a_request_is_made_while_the_change_is_stored_and_sent_once_after_it(stage: Stage, receiver):
    hooks, at = (web_hook(receiver.url), named({"url": f"{receiver.url}/second"}, 1)), occasion()
    ahead = stage.runner.ahead(hooks, at)
    await ahead.task
    assert receiver.calls == []

    await stage.runner.run(hooks, at, ahead=ahead)
    assert [call.path for call in receiver.calls] == ["/hook", "/hook/second"]
    assert receiver.calls[0].json["userId"] == "ada-id"


async def test_a_request_that_was_begun_for_a_change_that_was_not_to_be_is_never_sent_nor_missed(
    stage: Stage, receiver
):
    ahead = stage.runner.ahead((web_hook(receiver.url, body=FAILS),), occasion())
    await asyncio.wait([ahead.task])

    assert receiver.calls == []  # and nobody is told of an exception that was never retrieved: that fails a test here
    assert stage.runner.ahead((web_hook(receiver.url, **QUEUE),), occasion()) is None
