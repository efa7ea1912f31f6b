"""Waiting for news or for a moment, whichever comes first."""

import asyncio
from datetime import UTC, datetime

from headwater.core.clock import ManualClock, wait_for


def waiting(event, clock, seconds):
    return asyncio.create_task(wait_for(event, clock=clock, seconds=seconds))


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_news_end_the_wait_before_its_moment():
    clock, event = ManualClock(datetime(2026, 11, 23, tzinfo=UTC)), asyncio.Event()
    wait = waiting(event, clock, 10)
    await settle()
    assert not wait.done()
    event.set()
    await settle()

    assert wait.done()


async def test_the_moment_ends_it_without_news_and_not_before():
    clock, event = ManualClock(datetime(2026, 11, 23, tzinfo=UTC)), asyncio.Event()
    wait = waiting(event, clock, 10)
    await settle()
    clock.advance(9.9)
    await settle()
    assert not wait.done()
    clock.advance(0.1)
    await settle()

    assert wait.done()


async def test_a_clock_that_jumps_as_the_wait_begins_ends_it():
    clock, event = ManualClock(datetime(2026, 11, 23, tzinfo=UTC)), asyncio.Event()
    wait = waiting(event, clock, 10)
    await asyncio.sleep(0)  # it has begun, and nothing sleeps yet
    clock.advance(10)
    await settle()

    assert wait.done()


async def test_without_a_moment_only_news_end_it_and_nothing_is_left_behind():
    clock, event = ManualClock(datetime(2026, 11, 23, tzinfo=UTC)), asyncio.Event()
    wait = waiting(event, clock, None)
    await settle()
    clock.advance(1_000_000)
    await settle()
    assert not wait.done()
    wait.cancel()
    await settle()

    assert {asyncio.current_task()} == asyncio.all_tasks()
