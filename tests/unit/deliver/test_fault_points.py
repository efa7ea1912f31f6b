"""kill -9 at each point where something could be lost or counted twice, and afterwards an account of every event."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import simulated
from accounting import account, settled_by
from delivering import KEY, START, event, until, webhook
from simulated import simulating, status

from headwater.core.clock import ManualClock
from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver.report import DeliveryReport
from headwater.log.sqlite_writer import SqliteLogWriter

EVENTS = 120
POISON = {"m17", "m64", "m65"}
KEPT = {"m30", "m90"}
PATIENCE_SECONDS = 40.0  # a process has to start, on a machine that may be busy
NO_POINT = ("-", 0)


@asynccontextmanager
async def delivering(folder, url, batch_size, point, nth):
    script = Path(__file__).with_name("dying_process.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        script,
        folder,
        url,
        str(batch_size),
        point,
        str(nth),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def filled(folder):
    log = SqliteLogWriter(folder / "log", clock=ManualClock(START))
    names = [f"m{number}" for number in range(EVENTS)]
    kept = {"Webhooks": False}
    records = [event(name, integrations=kept if name in KEPT else None) for name in names]
    offsets = [each.offset for each in await log.append(records)]
    await log.close()
    return offsets


def life(ids):
    return status(400) if POISON & set(ids) else simulated.OK


class Stage:
    """A log that is full, a receiver, and what the ledger reports; `run` lets a process deliver until it is dead."""

    def __init__(self, folder, offsets, receiver, batch_size):
        self.folder, self.offsets, self.receiver, self.batch_size = folder, offsets, receiver, batch_size
        self.hook = webhook("crm", receiver.url(), batch_size=batch_size, batch_seconds=0)
        self.report = DeliveryReport(folder / "deliver.db", Sealer(KEY))

    async def die(self, point, nth):
        async with delivering(self.folder, self.receiver.url(), self.batch_size, point, nth) as process:
            await until(lambda: process.returncode is not None, what=f"death at {point}", seconds=PATIENCE_SECONDS)
            assert process.returncode == -signal.SIGKILL

    async def die_before_the_answer(self, is_the_one):
        """Kill it while the receiver has a request that nobody has answered yet."""
        async with delivering(self.folder, self.receiver.url(), self.batch_size, *NO_POINT) as process:

            def killing(ids):
                if is_the_one(ids) and process.returncode is None:
                    os.kill(process.pid, signal.SIGKILL)
                    return simulated.hang
                return life(ids)

            self.receiver.life = killing
            await until(lambda: process.returncode is not None, what="death before an answer", seconds=PATIENCE_SECONDS)
        self.receiver.life = life

    async def finish(self):
        """Let a new process end the work; return the account of every event."""

        async def is_done():
            sums = (await self.report.sums()).get(self.hook.id)
            return sums and settled_by(sums.figures) == len(self.offsets)

        async with delivering(self.folder, self.receiver.url(), self.batch_size, *NO_POINT):
            await until(is_done, what="every event settled", seconds=PATIENCE_SECONDS)
        return await account(self.report, self.offsets, self.hook)

    def is_each_where_it_belongs(self, found):
        assert found == {
            State.DELIVERED: EVENTS - len(POISON) - len(KEPT),
            State.REJECTED: len(POISON),
            State.FILTERED: len(KEPT),
        }
        assert set(self.receiver.taken) == {f"m{n}" for n in range(EVENTS)} - POISON - KEPT
        assert not KEPT & set(self.receiver.seen)


@pytest.fixture(params=[1, 10], ids=["one by one", "in batches"])
async def stage(tmp_path, request):
    async with simulating() as receiver:
        receiver.life = life
        made = Stage(tmp_path, await filled(tmp_path), receiver, request.param)
        yield made
        made.report.close()


@pytest.mark.parametrize(("point", "nth"), [("answered", 3), ("written", 1), ("saved", 1)])
async def test_killed_between_answer_and_record_it_sends_again_what_was_not_noted_and_nothing_else(stage, point, nth):
    await stage.die(point, nth)
    before = set(stage.receiver.taken)
    found = await stage.finish()

    stage.is_each_where_it_belongs(found)
    repeated = [name for name, times in stage.receiver.taken.items() if times > 1]
    assert set(repeated) <= before
    assert max(stage.receiver.taken.values()) <= 2


async def test_killed_while_a_receiver_has_a_request_it_repeats_no_more_than_was_on_its_way(stage):
    await stage.die_before_the_answer(lambda ids: "m50" in ids)
    found = await stage.finish()

    stage.is_each_where_it_belongs(found)
    assert stage.receiver.seen["m50"] >= 2
    assert max(stage.receiver.taken.values()) <= 2


@pytest.mark.parametrize("size", [5, 1])
async def test_killed_in_the_middle_of_a_split_it_still_finds_the_one_at_fault(tmp_path, size):
    async with simulating() as receiver:
        receiver.life = life
        stage = Stage(tmp_path, await filled(tmp_path), receiver, 10)
        await stage.die_before_the_answer(lambda ids: len(ids) == size and receiver.sizes.count(10) > 1)
        found = await stage.finish()
        stage.is_each_where_it_belongs(found)
        poisoned = (await stage.report.deliveries(stage.offsets[17], [stage.hook]))[0]
        assert "smaller_batch" in [one.outcome for one in poisoned.attempts]
        assert poisoned.attempts[-1].outcome == "rejected"
        assert poisoned.attempts[-1].together == 1
        stage.report.close()


async def test_killed_again_and_again_it_comes_to_the_same_end(stage):
    for point, nth in (("written", 2), ("answered", 5), ("saved", 1), ("written", 1)):
        await stage.die(point, nth)
    stage.is_each_where_it_belongs(await stage.finish())
