"""The lake's reader erases as soon as it is told, after a restart too, and has the old files gone in idle times."""

import asyncio
import time
from contextlib import asynccontextmanager

from writing_stage import START, Shore, record

from headwater.core.clock import ManualClock
from headwater.lake import erasure_book
from headwater.lake.erasures import Erasure
from headwater.lake.lake_reader import LakeReader
from headwater.log.sqlite_reader import SqliteLogReader

DEADLINE_SECONDS = 30.0
STEP_SECONDS = 0.01
GRACE_SECONDS = 15 * 60.0


async def until(condition, *, what):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"Not within {DEADLINE_SECONDS:g} s: {what}"
        await asyncio.sleep(STEP_SECONDS)


def is_done(shore):
    found = erasure_book.read(shore.lake / "lake.db").states.get("era_1")
    return found is not None and found.done_at_ms is not None


@asynccontextmanager
async def running(shore, clock, wanted):
    async def unsettled():
        states = erasure_book.read(shore.lake / "lake.db")
        return [one for one in wanted if not states.is_settled(one.id, up_to=one.up_to)]

    reader = SqliteLogReader(shore.log)
    lake = LakeReader(shore.lake, log=shore.log, reader=reader, clock=clock, erasures=unsettled)
    lake.start()
    try:
        yield lake
    finally:
        await lake.close()
        reader.close()


async def test_who_is_to_be_erased_is_at_once_and_the_old_files_go_though_nothing_comes(tmp_path):
    shore, clock, wanted = Shore(tmp_path), ManualClock(START), []
    await shore.append(record(1))
    await shore.write()
    async with running(shore, clock, wanted) as lake:
        wanted.append(Erasure(id="era_1", user_id="ada", up_to=1))
        lake.erase()
        await until(lambda: is_done(shore), what="ada is gone")
        assert [] == shore.ids() == shore.archived()

        before = len(shore.stored_files())

        def are_gone():
            clock.advance(GRACE_SECONDS)  # again and again: nobody knows since when it rests
            return len(shore.stored_files()) == before - 2

        await until(are_gone, what="what was replaced is gone")


async def test_what_a_server_that_is_gone_had_to_do_is_done_by_the_next(tmp_path):
    shore, clock = Shore(tmp_path), ManualClock(START)
    await shore.append(record(1))
    await shore.write()
    async with running(shore, clock, [Erasure(id="era_1", user_id="ada", up_to=1)]):
        await until(lambda: shore.ids() == [], what="ada is gone, and nobody had to say so")
