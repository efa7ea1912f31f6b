"""The emulator's clock: it runs, stands still, jumps, and remembers how it was set."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from headwater.core.clock import SystemClock, wait_for
from headwater.core.errors import BadRequestError
from headwater.emulator import durations
from headwater.emulator.clock import EmulatedClock

NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
A_MOMENT = timedelta(seconds=5)


async def test_runs_like_the_machines_until_it_is_told_otherwise():
    clock = EmulatedClock()

    assert abs(clock.now() - SystemClock().now()) < A_MOMENT


async def test_wakes_a_sleeper_when_its_time_has_come_by_itself():
    clock = EmulatedClock()

    await asyncio.wait_for(clock.sleep(0.01), timeout=5)


async def test_stands_still_where_it_is_told_to():
    clock = EmulatedClock()

    clock.freeze(NEW_YEAR)
    before = clock.monotonic()

    assert (clock.now(), clock.monotonic()) == (NEW_YEAR, before)


async def test_a_frozen_clock_lets_nobody_wake_until_it_jumps():
    clock = EmulatedClock()
    clock.freeze()
    sleeper = asyncio.create_task(clock.sleep(60))
    await asyncio.sleep(0)

    clock.advance(timedelta(seconds=59))
    await asyncio.sleep(0)
    assert not sleeper.done()

    clock.advance(timedelta(seconds=1))
    await asyncio.wait_for(sleeper, timeout=5)


async def test_a_jump_moves_now_and_wakes_who_is_due_though_it_runs():
    clock = EmulatedClock()
    began = clock.now()
    sleeper = asyncio.create_task(clock.sleep(3_500))
    later = asyncio.create_task(clock.sleep(7_200))
    await asyncio.sleep(0)

    clock.advance(HOUR)

    await asyncio.wait_for(sleeper, timeout=5)
    assert HOUR <= clock.now() - began < HOUR + A_MOMENT
    assert not later.done()
    later.cancel()


async def test_goes_on_from_where_it_stood():
    clock = EmulatedClock()
    clock.freeze(NEW_YEAR)
    stood_at = clock.monotonic()

    clock.resume()

    assert timedelta() <= clock.now() - NEW_YEAR < A_MOMENT
    assert 0 <= clock.monotonic() - stood_at < A_MOMENT.total_seconds()


async def test_a_reset_shows_the_machines_time_and_takes_back_no_monotonic_second():
    clock = EmulatedClock()
    clock.advance(HOUR)
    clock.freeze(NEW_YEAR)
    before = clock.monotonic()

    clock.reset()

    assert abs(clock.now() - SystemClock().now()) < A_MOMENT
    assert clock.monotonic() >= before


async def test_who_waits_for_something_else_too_is_woken_by_a_jump():
    clock = EmulatedClock()
    clock.freeze()
    waiting = asyncio.create_task(wait_for(asyncio.Event(), clock=clock, seconds=30))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    clock.advance(timedelta(seconds=30))

    await asyncio.wait_for(waiting, timeout=5)


@pytest.mark.parametrize("is_frozen", [True, False], ids=["frozen", "running"])
async def test_a_restarted_server_goes_on_by_it(tmp_path, is_frozen):
    killed = EmulatedClock(tmp_path / "clock.json")
    killed.advance(HOUR)
    if is_frozen:
        killed.freeze()

    restarted = EmulatedClock(tmp_path / "clock.json")

    assert restarted.is_frozen is is_frozen
    assert abs(restarted.now() - killed.now()) < A_MOMENT


async def test_never_goes_back():
    with pytest.raises(BadRequestError, match="forward only"):
        EmulatedClock().advance(timedelta(seconds=-1))


async def test_refuses_a_moment_that_could_be_any():
    with pytest.raises(BadRequestError, match="time zone"):
        EmulatedClock().freeze(datetime(2030, 1, 1))  # noqa: DTZ001  that is the point


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), (0, 0), (90, 90), (0.5, 0.5), ("90s", 90), ("15m", 900), ("4h", 14_400), ("30d", 2_592_000)],
    ids=str,
)
def test_reads_a_span_as_people_write_it(text, seconds):
    assert durations.read(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "soon", "-1", "nan", "1 week", "1h30m"], ids=["nothing", "soon", "back", "nan", "week", "two"]
)
def test_refuses_what_is_no_span(text):
    with pytest.raises(BadRequestError, match="no span of time"):
        durations.read(text)
