"""When the lake is written, by which process, and what a run that fails costs: time, nothing else."""

import asyncio
import time
from contextlib import asynccontextmanager

from writing_stage import START, Shore, record

from headwater.core.clock import ManualClock
from headwater.lake.lake_reader import LakeReader
from headwater.lake.limits import LakeLimits
from headwater.lake.writable_lake import WritableLake
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter

DEADLINE_SECONDS = 30.0
STEP_SECONDS = 0.01
MINUTE = 60.0


async def until(condition, *, what):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not await condition():
        assert time.monotonic() < deadline, f"Not within {DEADLINE_SECONDS:g} s: {what}"
        await asyncio.sleep(STEP_SECONDS)


class Stage:
    def __init__(self, shore, log, reader, lake, clock):
        self.shore, self.log, self.reader, self.lake, self.clock = shore, log, reader, lake, clock

    async def append(self, *records):
        await self.log.append(list(records))
        self.lake.wake()

    async def is_state(self, wanted):
        return (await self.lake.state()).state == wanted

    async def is_at(self, cursor):
        return await self.lake.cursor() == cursor


@asynccontextmanager
async def running(folder, **limits):
    shore, clock = Shore(folder), ManualClock(START)
    log, reader = SqliteLogWriter(shore.log, clock=clock), SqliteLogReader(shore.log)
    lake = LakeReader(shore.lake, log=shore.log, reader=reader, clock=clock, limits=LakeLimits(**limits))
    lake.start()
    try:
        yield Stage(shore, log, reader, lake, clock)
    finally:
        await lake.close()
        reader.close()
        await log.close()


async def test_it_waits_a_minute_for_more_and_then_writes_in_a_process_of_its_own(tmp_path):
    async with running(tmp_path, shortest_rest_seconds=0) as stage:
        await stage.append(record(1))
        await until(lambda: stage.is_state("waiting"), what="it waits")
        assert not (tmp_path / "lake" / "lake.db").exists()

        stage.clock.advance(MINUTE)
        await until(lambda: stage.is_at(1), what="it is written")
        await until(lambda: stage.is_state("resting"), what="it rests")
    assert ["m1"] == stage.shore.ids()


async def test_many_events_are_not_waited_with(tmp_path):
    async with running(tmp_path, events=3, shortest_rest_seconds=0) as stage:
        await stage.append(*(record(number) for number in range(3)))
        await until(lambda: stage.is_at(3), what="they are written")


async def test_whoever_is_to_forget_events_has_the_lake_brought_up_first(tmp_path):
    async with running(tmp_path) as stage:
        await stage.append(record(1), record(2))
        await stage.lake.catch_up(seconds=MINUTE)

        assert 2 == await stage.lake.cursor()


async def test_a_rebuild_is_done_once_and_says_so(tmp_path):
    async with running(tmp_path) as stage:
        await stage.append(record(1), record(2))
        await stage.lake.catch_up(seconds=MINUTE)
        number = stage.lake.rebuild()

        async def is_done():
            return (await stage.lake.state()).rebuilt == number

        await until(is_done, what="it is rebuilt")
        state = await stage.lake.state()
    assert (2, None) == (state.rebuilt_events, state.rebuild_failed)


async def test_while_another_process_holds_the_lake_it_waits_says_why_and_loses_nothing(tmp_path):
    async with running(tmp_path) as stage:
        with WritableLake(stage.shore.lake, limits=stage.shore.limits, now_ms=0):  # of a server that was killed, say
            await stage.append(record(1))
            await stage.lake.catch_up(seconds=MINUTE)
            state = await stage.lake.state()
        assert ("stopped", 0) == (state.state, state.cursor)
        assert "Another process writes the lake" in state.reason

        await stage.lake.catch_up(seconds=MINUTE)
        assert (1, None) == ((await stage.lake.state()).cursor, (await stage.lake.state()).reason)


async def test_closing_kills_a_process_that_writes_and_the_next_run_does_its_work(tmp_path):
    async with running(tmp_path, events=1, shortest_rest_seconds=0) as stage:
        await stage.append(*(record(number) for number in range(2_000)))
        await until(lambda: stage.is_state("writing"), what="it writes")
    assert not stage.shore.lake.joinpath("lake.db").exists() or stage.shore.snapshot().cursor in (0, 2_000)
    async with running(tmp_path) as stage:
        await stage.lake.catch_up(seconds=MINUTE)
    assert 2_000 == len(set(stage.shore.ids())) == len(stage.shore.ids())
