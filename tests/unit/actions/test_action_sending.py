"""Attempts, pauses and what an answer means for a waiting person: reference 1.6 and 1.7, column "neither"."""

import asyncio
import contextlib

import msgspec
import pytest
from actions_stage import Recorder, Stage, web_hook

from headwater.actions import verdict
from headwater.actions.errors import ActionFailedError, ActionTimedOutError
from headwater.actions.sending import Parcel, Post, send
from headwater.core import ids
from headwater.net.outbound import AddressRefusedError, Request, ResponseTooLargeError

TRIGGER = "Ory-Webhook-Trigger-Id"
REQUEST = "Ory-Webhook-Request-Id"
IN_A_MINUTE = "Mon, 23 Nov 2026 12:01:00 GMT"


@pytest.mark.parametrize("status", [200, 201, 204, 299, 300, 304, 399])
async def test_anything_below_400_is_well(stage: Stage, receiver, status):
    receiver.will_answer(status)

    await stage.play(web_hook(receiver.url))

    assert len(receiver.calls) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 499, 501])
async def test_these_answers_fail_the_flow_at_once(stage: Stage, receiver, status):
    receiver.will_answer(status)

    with pytest.raises(ActionFailedError, match=str(status)) as caught:
        await stage.play(web_hook(receiver.url))

    assert (caught.value.status, caught.value.code) == (502, "action_failed")
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
async def test_these_answers_are_tried_three_times_and_then_fail_the_flow(stage: Stage, receiver, status):
    receiver.will_answer(status)

    with pytest.raises(ActionFailedError) as caught:
        await stage.play(web_hook(receiver.url))

    assert caught.value.status == 502
    assert len(receiver.calls) == 3
    assert stage.clock.slept == [1, 2]


async def test_a_hiccup_goes_unnoticed(stage: Stage, receiver):
    receiver.will_answer(503, 200)

    await stage.play(web_hook(receiver.url))

    assert len(receiver.calls) == 2


async def test_the_trigger_id_stays_and_the_request_id_changes(stage: Stage, receiver):
    receiver.will_answer(500, 500, 200)

    await stage.play(web_hook(receiver.url))

    assert len({call.headers[TRIGGER] for call in receiver.calls}) == 1
    assert len({call.headers[REQUEST] for call in receiver.calls}) == 3


async def test_without_analytics_events_neither_id_is_sent(stage: Stage, receiver):
    await stage.play(web_hook(receiver.url, emit_analytics_event=False))

    assert TRIGGER not in receiver.calls[0].headers
    assert REQUEST not in receiver.calls[0].headers


async def test_a_configured_header_can_not_pose_as_the_trigger_id(stage: Stage):
    recorder = Recorder()

    await stage.sending_through(recorder).play(web_hook(headers={"ory-webhook-trigger-id": "always the same"}))

    ((_, value),) = [pair for pair in recorder.requests[0].headers if pair[0].lower() == TRIGGER.lower()]
    assert value != "always the same"


@pytest.mark.parametrize(
    ("status", "retry_after", "slept"),
    [
        (429, "5", [5]),
        (503, "0", [0]),
        (503, IN_A_MINUTE, [30]),
        (503, "86400", [30]),
        (503, "soon", [1]),
        (503, "-7", [0]),
        (500, "5", [1]),
    ],
)
async def test_honours_retry_after_as_long_as_a_person_can_wait(stage: Stage, receiver, status, retry_after, slept):
    receiver.will_answer(status, 200, headers={"Retry-After": retry_after})

    await stage.play(web_hook(receiver.url))

    assert stage.clock.slept == slept


async def test_a_receiver_that_is_down_is_tried_three_times(stage: Stage, closed_port):
    with pytest.raises(ActionFailedError) as caught:
        await stage.play(web_hook(f"http://127.0.0.1:{closed_port}/"))

    assert caught.value.status == 502
    assert stage.clock.slept == [1, 2]


async def test_the_person_is_not_told_where_the_hook_goes(stage: Stage, closed_port):
    with pytest.raises(ActionFailedError) as caught:
        await stage.play(web_hook(f"http://user:pw@127.0.0.1:{closed_port}/?token=hunter2"))

    assert not {"127.0.0.1", "pw", "hunter2"} & set(str(caught.value).replace("/", " ").split())
    assert caught.value.context == {}


class Impatient:
    """The real way out, with less patience than the thirty seconds of the contract."""

    def __init__(self, outbound) -> None:
        self._outbound = outbound
        self.asked_seconds = []

    async def send(self, request):
        self.asked_seconds.append(request.timeout_seconds)
        return await self._outbound.send(msgspec.structs.replace(request, timeout_seconds=0.05))


async def test_a_receiver_that_hangs_ends_in_a_504_after_three_attempts(outbound, stage: Stage):
    async def never_answer(reader, writer):
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    sender = Impatient(outbound)
    port = server.sockets[0].getsockname()[1]
    request = Request(method="POST", url=f"http://127.0.0.1:{port}/", body=b"{}", timeout_seconds=30)

    async with server:
        sent = await send(
            Parcel(request=request, trigger_id="t"),
            post=Post(sender=sender, clock=stage.clock, new_id=ids.new_uuid),
        )
    with pytest.raises(ActionTimedOutError) as caught:
        verdict.accepted(sent.answer)

    assert (caught.value.status, sender.asked_seconds) == (504, [30, 30, 30])


@pytest.mark.parametrize("error", [AddressRefusedError(), ResponseTooLargeError()])
async def test_what_will_not_change_is_not_tried_again(stage: Stage, error):
    class Refusing:
        calls = 0

        async def send(self, _request):
            self.calls += 1
            raise error

    sender = Refusing()

    sent = await send(
        Parcel(request=Request(method="POST", url="https://x.test"), trigger_id="t"),
        post=Post(sender=sender, clock=stage.clock, new_id=ids.new_uuid),
    )
    with pytest.raises(ActionFailedError):
        verdict.accepted(sent.answer)

    assert sender.calls == 1
