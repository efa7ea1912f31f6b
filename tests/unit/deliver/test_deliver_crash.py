import asyncio
import os
import random
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from delivering import KEY, START, event, receiving, until, webhook

from headwater.core import periods
from headwater.core.clock import ManualClock, SystemClock, epoch_ms
from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver.cursor import WINDOW
from headwater.deliver.report import DeliveryReport
from headwater.log.sqlite_writer import SqliteLogWriter

EVENTS = 3_000
KILLS = 4


@asynccontextmanager
async def delivering(folder, url):
    script = Path(__file__).with_name("delivering_process.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, folder, url, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def test_kill_9_at_random_moments_repeats_some_events_and_loses_none(tmp_path):
    log = SqliteLogWriter(tmp_path / "log", clock=ManualClock(START))
    offsets = [each.offset for each in await log.append([event(f"m{number}") for number in range(EVENTS)])]
    await log.close()
    chance = random.Random(20261123)
    async with receiving() as receiver:
        # Each 50th event needs a second try, so that the retry table lives through the kills too.
        receiver.answer = lambda key: (423 if key.endswith("50") and receiver.counts[key] == 1 else 200, {})
        for kill in range(KILLS):
            goal = len(receiver.seen) + chance.randrange(1, EVENTS // KILLS)
            async with delivering(tmp_path, receiver.url):
                await until(lambda goal=goal: len(receiver.seen) >= goal, what=f"progress before kill {kill}")
        report = DeliveryReport(tmp_path / "deliver.db", Sealer(KEY))
        hook = webhook("crm", receiver.url)

        async def undelivered():
            pairs = [
                (offset, (await report.deliveries(offset, [hook]))[0]) for offset in offsets[-1:] + offsets[50::50]
            ]
            return [offset for offset, delivery in pairs if delivery.state != State.DELIVERED]

        async def is_done():
            return len(receiver.counts) == EVENTS and not await undelivered()

        async with delivering(tmp_path, receiver.url):
            await until(is_done, what="everything delivered")
        now_ms = epoch_ms(SystemClock().now())
        period = periods.period(since_ms=now_ms - 3_600_000, until_ms=now_ms + 1, step_seconds=periods.MINUTE)
        volume = (await report.volume(period))["crm"]
        report.close()
    assert sum(volume.delivered) == EVENTS
    needed = EVENTS + sum(key.endswith("50") for key in receiver.counts)
    assert len(receiver.seen) <= needed + KILLS * WINDOW
