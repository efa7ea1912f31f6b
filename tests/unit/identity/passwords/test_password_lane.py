"""The lane: never more than its capacity, first come first served, and nobody who left is waited for."""

import asyncio
from contextlib import suppress

import pytest

from headwater.identity.passwords.lane import Lane
from headwater.identity.passwords.overload import HashingOverloadedError


async def start(lane, units):
    task = asyncio.ensure_future(lane.take(units))
    await asyncio.sleep(0)
    return task


async def leave(task):
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_small_one_never_overtakes_a_big_one_that_came_first():
    lane = Lane(capacity=4, waiting=2)
    await lane.take(3)
    big, small = await start(lane, 2), await start(lane, 1)
    assert not big.done()
    assert not small.done()

    lane.give_back(3)
    await asyncio.gather(big, small)


async def test_the_queue_is_bounded():
    lane = Lane(capacity=1, waiting=1)
    await lane.take(1)
    waiting = await start(lane, 1)

    with pytest.raises(HashingOverloadedError):
        await lane.take(1)
    lane.give_back(1)
    await waiting


async def test_who_leaves_the_queue_lets_the_next_in():
    lane = Lane(capacity=2, waiting=2)
    await lane.take(1)
    big, small = await start(lane, 2), await start(lane, 1)

    await leave(big)
    await asyncio.wait_for(small, timeout=5)


async def test_who_leaves_in_the_moment_their_turn_comes_gives_it_back():
    lane = Lane(capacity=1, waiting=1)
    await lane.take(1)
    waiting = await start(lane, 1)

    lane.give_back(1)
    await leave(waiting)
    await asyncio.wait_for(lane.take(1), timeout=5)
