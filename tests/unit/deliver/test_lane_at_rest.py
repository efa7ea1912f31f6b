"""Who has nothing to do does nothing: a feeder and its workers must not wake each other for ever."""

import asyncio

from aiohttp import web
from delivering import START, receiving, until, webhook, world

from headwater.core.clock import ManualClock
from headwater.core.outcomes import State

TURNS = 500


class CountingClock(ManualClock):
    """Counts how often somebody looked at it: whoever turns in circles does."""

    looks = 0

    def monotonic(self):
        self.looks += 1
        return super().monotonic()


async def looks_in_turns(clock):
    before = clock.looks
    for _ in range(TURNS):
        await asyncio.sleep(0)
    return clock.looks - before


async def test_a_lane_that_has_delivered_all_turns_in_no_circles(tmp_path):
    clock = CountingClock(START)
    async with receiving() as receiver, world(tmp_path, clock=clock) as w:
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append_many(1)
        await w.until_state(offset, hook, State.DELIVERED)

        assert await looks_in_turns(clock) < TURNS // 10


async def test_workers_that_wait_for_an_answer_to_others_turn_in_no_circles(tmp_path):
    clock = CountingClock(START)
    async with receiving() as receiver, world(tmp_path, clock=clock) as w:
        receiver.gate.clear()
        await w.start(webhook("crm", receiver.url))
        await w.append_many(1)
        await until(lambda: receiver.seen)

        assert await looks_in_turns(clock) < TURNS // 10


async def test_events_that_wait_for_company_wait_in_no_circles(tmp_path):
    clock = CountingClock(START)
    async with receiving() as receiver, world(tmp_path, clock=clock) as w:

        async def take(request):
            receiver.seen.append(await request.read())
            return web.Response()

        receiver.handle = take
        hook = webhook("crm", receiver.url, batch_size=10, batch_seconds=5)
        offsets = await w.append_many(11)
        await w.start(hook)
        await w.until_state(offsets[9], hook, State.DELIVERED)

        assert await looks_in_turns(clock) < TURNS // 10
        assert len(receiver.seen) == 1
