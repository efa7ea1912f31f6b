"""A writer that dies at any statement and any touch of a file, segments ending all the time: nothing is torn.

The child makes a log, is killed at its n-th step, and the log is opened again; for each fifth n in turn.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DYING = """
import asyncio, json, os, signal, sqlite3, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import structlog
from contracts.event_log import record
from headwater.core.clock import ManualClock, epoch_ms
from headwater.log.event_log import Position
from headwater.log.log_limits import LogLimits, RetentionLimits
from headwater.log.retention import Retention
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
APPENDS, PER_APPEND, PER_SEGMENT = 7, 2, 4
FILE_EVENTS = {"sqlite3.connect", "os.rename", "os.remove", "open", "os.open"}
steps_left = None


def step():
    global steps_left
    if steps_left is not None:
        steps_left -= 1
        if steps_left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Dying(sqlite3.Connection):
    def execute(self, *arguments):
        step()
        return super().execute(*arguments)

    def executemany(self, *arguments):
        step()
        return super().executemany(*arguments)

    def executescript(self, *arguments):
        step()
        return super().executescript(*arguments)

    def close(self):
        step()
        return super().close()


real_connect = sqlite3.connect
sqlite3.connect = lambda *arguments, **named: real_connect(*arguments, **{**named, "factory": Dying})
sys.addaudithook(lambda event, _: step() if event in FILE_EVENTS else None)


async def nobody_lags():
    return {}


async def fill(folder, clock, writer, tell):
    number = await writer.position("outbox")
    retention = Retention(writer, limits=RetentionLimits(events=kept), clock=clock, cursors=nobody_lags)
    reader = SqliteLogReader(folder)
    while number < APPENDS * PER_APPEND:
        batch = [record(f"m{number + n}", received_at_ms=epoch_ms(clock.now())) for n in range(PER_APPEND)]
        await writer.append(batch, position=Position("outbox", number + PER_APPEND))
        number += PER_APPEND
        tell(number)
        await reader.read(after=0, limit=1000)  # who has the files open, too
        await retention.trim()
    await retention.trim()
    reader.close()


async def live(folder, clock, tell):
    global steps_left
    writer = SqliteLogWriter(folder, clock=clock, limits=LogLimits(segment_records=PER_SEGMENT))
    await fill(folder, clock, writer, tell)
    await writer.close()


def child(folder, clock, after_steps, pipe):
    global steps_left
    steps_left = after_steps
    asyncio.run(live(folder, clock, lambda number: os.write(pipe, b"%d\\n" % number)))
    os._exit(0)


async def after(folder, clock):
    writer = SqliteLogWriter(folder, clock=clock, limits=LogLimits(segment_records=PER_SEGMENT))
    found = writer.newest_offset, await writer.position("outbox")
    await fill(folder, clock, writer, lambda number: None)
    await writer.close()
    reader = SqliteLogReader(folder)
    stored = await reader.read(after=0, limit=1000)
    reader.close()
    again = SqliteLogWriter(folder, clock=clock)
    answers = await again.append([one.record for one in stored])
    await again.close()
    return *found, [(one.offset, one.record.message_id) for one in stored], all(one.is_duplicate for one in answers)


def main(base):
    clock = ManualClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    steps = 0
    while True:
        folder = Path(base) / str(steps)
        read, write = os.pipe()
        if not (pid := os.fork()):
            child(folder, clock, steps, write)
        os.close(write)
        acked = (os.fdopen(read).read().split() or ["0"])[-1]
        _, status = os.waitpid(pid, 0)
        newest, position, stored, all_known = asyncio.run(after(folder, clock))
        story = {"steps": steps, "acked": int(acked), "newest": newest, "position": position, "stored": stored}
        print(json.dumps(story | {"all_known": all_known}), flush=True)
        if status == 0:
            return
        steps += 5


kept = int(sys.argv[3])
main(sys.argv[1])
"""
EVERYTHING, HALF_OF_IT = 1_000, 7
WHOLE = [[number + 1, f"m{number}"] for number in range(14)]


@pytest.fixture(scope="module", params=[EVERYTHING, HALF_OF_IT], ids=["all kept", "half kept"])
def deaths(tmp_path_factory, request):
    """What was found after each death, the last one being of old age."""
    tests = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", DYING, str(tmp_path_factory.mktemp("deaths")), tests, str(request.param)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert 0 == ran.returncode, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_there_were_deaths_before_during_and_after_the_first_acks(deaths):
    assert len(deaths) > 30
    assert set(range(0, 15, 2)) == {death["acked"] for death in deaths}


def test_no_death_takes_what_was_acked_or_tears_an_append(deaths):
    assert [] == [death for death in deaths if death["newest"] < death["acked"] or death["newest"] % 2]


def test_no_death_parts_a_position_from_its_append(deaths):
    assert [] == [death for death in deaths if death["newest"] != death["position"]]


def test_after_any_death_the_log_goes_on_without_a_hole_or_a_double(deaths):
    whole = deaths[-1]["stored"]  # of the one that lived
    assert whole == WHOLE[-len(whole) :]
    assert [] == [death for death in deaths if death["stored"] != whole]


def test_after_any_death_everything_is_known_as_a_repetition(deaths):
    assert [] == [death for death in deaths if not death["all_known"]]
