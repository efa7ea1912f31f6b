"""One timer for thousands of waits: a late one ends once, and nobody else's end is taken for lateness."""

import asyncio
import time

import pytest

from headwater.web import deadlines
from headwater.web.deadlines import Deadlines

MANY = 5_000
PATIENCE_SECONDS = 5.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Look often, so that no test waits for long."""
    monkeypatch.setattr(deadlines, "LOOK_EVERY_SECONDS", 0.01)


@pytest.fixture
def watch():
    return Deadlines()


@pytest.fixture
async def timers(monkeypatch):
    """Counts the timers that are started on the loop from now on."""
    loop, started = asyncio.get_running_loop(), []
    real = loop.call_later

    def counting(delay, callback, *arguments, **more):
        started.append(callback)
        return real(delay, callback, *arguments, **more)

    monkeypatch.setattr(loop, "call_later", counting)
    return started


async def stuck(watch, seconds):
    with watch.within(seconds):
        await asyncio.get_running_loop().create_future()


async def until(condition):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110  nobody tells us of what we wait for
            await asyncio.sleep(0)


def is_clean(watch):
    return not watch._waits and not watch._late


async def test_a_silent_client_is_given_up_with_a_timeout_and_the_task_goes_on(watch):
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stuck(watch, 0.01), PATIENCE_SECONDS)
    await asyncio.sleep(0)  # a cancellation left over would strike here
    cancelling = asyncio.current_task().cancelling()

    assert 0 == cancelling
    assert is_clean(watch)


async def test_nobody_is_given_up_before_the_time(watch):
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await stuck(watch, 0.1)

    assert time.monotonic() - began >= 0.1


async def test_a_wait_that_ends_in_time_is_never_heard_of_again(watch):
    with watch.within(0.01):
        await asyncio.sleep(0)
    await until(lambda: watch._timer is None)
    cancelling = asyncio.current_task().cancelling()

    assert 0 == cancelling
    assert is_clean(watch)


async def test_a_late_wait_that_shrugs_its_cancellation_off_is_told_once_not_at_each_look(watch):
    told = 0

    async def stubborn():
        nonlocal told
        with watch.within(0.01):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while told == 0:
                    try:
                        await asyncio.sleep(PATIENCE_SECONDS)
                    except asyncio.CancelledError:
                        told += 1
                looks = watch._timer
                await until(lambda: watch._timer is not looks)  # one more look, at least
        return asyncio.current_task().cancelling()

    assert 0 == await asyncio.create_task(stubborn())
    assert (1, True) == (told, is_clean(watch))


async def test_a_cancel_from_outside_stays_a_cancel(watch):
    task = asyncio.create_task(stuck(watch, PATIENCE_SECONDS))
    await until(lambda: watch._waits)
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert is_clean(watch)


async def test_a_cancel_from_outside_that_comes_with_lateness_is_still_a_cancel(watch):
    task = asyncio.create_task(stuck(watch, 0.0))
    await until(lambda: watch._waits)
    watch._look()  # late: its cancellation is on the way
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert is_clean(watch)


async def test_an_error_of_the_body_is_not_hidden_by_its_lateness(watch):
    async def failing():
        with watch.within(0.0):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                raise ConnectionResetError("mallory hung up") from None

    with pytest.raises(ConnectionResetError, match="hung up"):
        await asyncio.wait_for(asyncio.create_task(failing()), PATIENCE_SECONDS)

    assert is_clean(watch)


async def test_a_task_may_wait_again_after_it_was_late(watch, timers):
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await stuck(watch, 0.0)
    with watch.within(PATIENCE_SECONDS):
        looks = timers.count(watch._look)
        await until(lambda: timers.count(watch._look) >= looks + 2)

    assert is_clean(watch)


async def test_thousands_of_waits_share_one_timer_and_only_the_late_ones_end(watch, timers):
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    async def waiting(seconds):
        with watch.within(seconds):
            await asyncio.shield(done)

    tasks = [asyncio.create_task(waiting(PATIENCE_SECONDS if n % 2 else 0.0)) for n in range(MANY)]
    await until(lambda: len(watch._waits) == MANY)
    started = len(timers)
    await until(lambda: len(watch._waits) == MANY // 2)
    done.set_result(None)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert 1 == started
    assert [True, False] * (MANY // 2) == [isinstance(one, TimeoutError) for one in outcomes]
    assert is_clean(watch)


async def test_nothing_ticks_while_nobody_waits(watch, timers):
    with watch.within(PATIENCE_SECONDS):
        pass
    await until(lambda: watch._timer is None)

    assert 1 == timers.count(watch._look)
