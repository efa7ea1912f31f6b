"""Batches: as full as there is company, and one event at fault costs itself alone."""

import asyncio
import json

import pytest
from aiohttp import web
from delivering import event, receiving, until, webhook, world

from headwater.core.outcomes import State


@pytest.fixture
async def batches():
    """A receiver of arrays; `refuse` says which message ids make it answer 400."""
    async with receiving() as receiver:
        receiver.sizes, receiver.refused, receiver.status = [], set(), 200

        async def handle(request):
            found = [each["messageId"] for each in json.loads(await request.read())]
            receiver.sizes.append(len(found))
            if receiver.status != 200:
                return web.Response(status=receiver.status)
            if receiver.refused & set(found):
                return web.Response(status=400, text="one of them is wrong")
            receiver.seen += found
            return web.Response()

        receiver.handle = handle
        yield receiver


@pytest.fixture
async def stage(tmp_path, batches):
    async with world(tmp_path) as w:
        w.receiver = batches
        w.hook = webhook("crm", batches.url, batch_size=10, batch_seconds=5)
        yield w


async def test_full_batches_go_at_once_and_the_rest_waits_for_company(stage):
    await stage.append_many(25)
    await stage.start(stage.hook)
    await until(lambda: len(stage.receiver.seen) == 20)
    assert [10, 10] == stage.receiver.sizes

    await stage.advance_until(lambda: len(stage.receiver.seen) == 25)
    assert [10, 10, 5] == stage.receiver.sizes


async def test_one_poisonous_event_is_found_and_the_others_arrive_once(stage):
    stage.receiver.refused = {"m13"}
    offsets = await stage.append_many(20)
    await stage.start(stage.hook)
    await stage.advance_until(lambda: len(stage.receiver.seen) == 19)
    await stage.until_state(offsets[13], stage.hook, State.REJECTED)

    assert len(stage.receiver.seen) == len(set(stage.receiver.seen))
    found = await stage.delivery(offsets[13], stage.hook)
    assert "400" in found.reason
    assert ["smaller_batch"] * (len(found.attempts) - 1) + ["rejected"] == [one.outcome for one in found.attempts]
    assert (await stage.delivery(offsets[3], stage.hook)).state == State.DELIVERED


async def test_one_that_shared_a_request_with_poison_is_not_pending_for_ever_after_a_restart(stage):
    """It was tried in tens and in fives; then a new lane delivers it at once."""
    receiver, held = stage.receiver, []
    receiver.refused, answer = {"m3"}, receiver.handle

    async def holding(request):
        if len(json.loads(await request.read())) < 5:
            held.append(request)
            await asyncio.Event().wait()
        return await answer(request)

    receiver.handle = holding
    offsets = await stage.append_many(10)
    await stage.start(stage.hook)
    await until(lambda: len(held) == 2)
    assert [10, 5, 5] == receiver.sizes
    stage.engine._lanes["crm"].lane.abandon()
    receiver.handle, receiver.refused = answer, set()
    await stage.restart()
    await stage.advance_until(lambda: len(set(receiver.seen)) == 10)
    for offset in offsets:
        await stage.until_state(offset, stage.hook, State.DELIVERED)


async def test_what_failed_together_comes_back_in_smaller_batches(stage):
    stage.receiver.status = 503
    await stage.append_many(10)
    await stage.start(stage.hook)
    await until(lambda: stage.receiver.sizes == [10])
    stage.receiver.status = 200
    await stage.advance_until(lambda: len(stage.receiver.seen) == 10)

    assert [10, *[1] * 10] == stage.receiver.sizes


async def test_a_batch_is_no_larger_than_its_bytes(tmp_path, batches):
    async with world(tmp_path) as w:
        large = [event(f"m{number}") for number in range(4)]
        padded = [one.__class__(**{**_fields(one), "body": _padded(one.body)}) for one in large]
        await w.append(*padded)
        await w.start(webhook("crm", batches.url, batch_size=100, batch_seconds=0))
        await until(lambda: len(batches.seen) == 4)

    assert max(batches.sizes) <= 2


def _fields(record):
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _padded(body):
    return json.dumps(json.loads(body) | {"padding": "x" * 200_000}).encode()
