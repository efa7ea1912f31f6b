"""The worker processes: killed, stopped, overrun, orphaned, crowded. Nobody but the guilty may notice."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from worker_processes import is_running, on_linux, proc_file, until

from headwater.core.clock import ManualClock, SystemClock
from headwater.mapping.evaluation import MappingBusyError, MappingLimitError, Snippet
from headwater.mapping.limits import SandboxLimits
from headwater.mapping.pool import Pool
from headwater.mapping.process import WORKER_COMMAND
from headwater.mapping.turns import Turns

ONE = Snippet("1")
ENDLESS = Snippet("std.foldl(function(a, b) a + b, std.range(1, 1e9), 0)")
SLOW = Snippet("std.foldl(function(a, b) 1, std.range(1, 300000), 0)")
LONG_SECONDS = 30.0


def busy(sandbox, snippet=ENDLESS):
    return asyncio.create_task(sandbox.evaluate(snippet, arguments={}))


async def started(*tasks):
    """Let tasks run until each waits for something."""
    for _ in range(5 * len(tasks)):
        await asyncio.sleep(0)


async def test_a_killed_worker_is_replaced_and_every_evaluation_succeeds(start_sandbox) -> None:
    sandbox = await start_sandbox()
    text = Snippet("function(n) std.foldl(function(a, b) a + b, std.range(1, 300), n)")

    async def evaluate(number):
        return await sandbox.evaluate(text, arguments={"n": number})

    jobs = [asyncio.create_task(evaluate(number)) for number in range(300)]
    await until(lambda: any(job.done() for job in jobs))
    victim = next(iter(sandbox.worker_pids))
    os.kill(victim, signal.SIGKILL)
    outcomes = await asyncio.gather(*jobs)
    assert [f"{45150 + number}\n" for number in range(300)] == outcomes
    await until(lambda: victim not in sandbox.worker_pids and len(sandbox.worker_pids) >= 2)
    assert "1\n" == await sandbox.evaluate(ONE, arguments={})


async def test_an_idle_worker_that_is_killed_is_replaced_before_anybody_asks(start_sandbox) -> None:
    sandbox = await start_sandbox()
    first = sandbox.worker_pids
    await asyncio.gather(*(sandbox.evaluate(ONE, arguments={}) for _ in range(2)))
    assert (2, first) == (len(first), sandbox.worker_pids)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    await until(lambda: len(sandbox.worker_pids) == 2 and not sandbox.worker_pids & first)
    assert "1\n" == await sandbox.evaluate(ONE, arguments={})


async def test_an_overrun_takes_its_own_worker_only(start_sandbox) -> None:
    sandbox = await start_sandbox(limits=SandboxLimits(evaluation_seconds=0.3, evaluations_per_worker=10**9))
    first = sandbox.worker_pids
    overrun = busy(sandbox)
    await started(overrun)
    while not overrun.done():
        assert "1\n" == await sandbox.evaluate(ONE, arguments={})
    with pytest.raises(MappingLimitError, match=r"ran for more than 0\.3 s"):
        await overrun
    await until(lambda: len(sandbox.worker_pids) == 2)
    assert 1 == len(first & sandbox.worker_pids)


async def test_a_cancelled_evaluation_leaves_no_reply_behind_for_the_next(start_sandbox) -> None:
    sandbox = await start_sandbox(limits=SandboxLimits(warm_workers=1, max_workers=1))
    for _ in range(5):
        abandoned = busy(sandbox, Snippet("'stale'"))
        await started(abandoned)
        abandoned.cancel()
        assert "1\n" == await sandbox.evaluate(ONE, arguments={})


async def test_a_borrower_who_is_cancelled_as_its_turn_comes_passes_the_worker_on() -> None:
    limits = SandboxLimits(warm_workers=1, max_workers=1)
    command = (*WORKER_COMMAND, str(limits.address_space_bytes), "1000", "1")
    pool = Pool(clock=SystemClock(), limits=limits, command=command)
    await pool.open()
    try:
        worker = await pool.lend()
        late = asyncio.create_task(pool.lend())
        await started(late)
        pool.give_back(worker)
        late.cancel()
        assert worker is await pool.lend()
    finally:
        await pool.close()


async def test_workers_grow_under_load_and_shrink_at_rest(start_sandbox) -> None:
    clock = ManualClock(datetime(2026, 11, 1, tzinfo=UTC))
    limits = SandboxLimits(warm_workers=1, max_workers=3, evaluation_seconds=LONG_SECONDS)
    sandbox = await start_sandbox(clock=clock, limits=limits)
    jobs = [busy(sandbox, Snippet(ENDLESS.text + " " * number)) for number in range(3)]
    await until(lambda: len(sandbox.worker_pids) == 3)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await until(lambda: len(sandbox.worker_pids) == 1)

    slow = [Snippet("std.foldl(function(a, b) a + b, std.range(1, 20000), 0)" + " " * number) for number in range(60)]
    await asyncio.gather(*(sandbox.evaluate(one, arguments={}) for one in slow))
    await until(lambda: len(sandbox.worker_pids) == 3)
    for _ in range(2):
        clock.advance(limits.idle_seconds)
        await started(None)
    await until(lambda: len(sandbox.worker_pids) == 1)
    assert "1\n" == await sandbox.evaluate(ONE, arguments={})


async def test_a_full_queue_refuses_at_once_and_a_long_wait_is_given_up(start_sandbox) -> None:
    clock = ManualClock(datetime(2026, 11, 1, tzinfo=UTC))
    limits = SandboxLimits(warm_workers=1, max_workers=1, queue_length=1, evaluation_seconds=LONG_SECONDS)
    sandbox = await start_sandbox(clock=clock, limits=limits)
    holder, waiter = busy(sandbox), busy(sandbox, ONE)
    await started(holder, waiter)
    with pytest.raises(MappingBusyError, match="Too many"):
        await sandbox.evaluate(ONE, arguments={})
    assert not waiter.done()
    clock.advance(limits.queue_seconds)
    with pytest.raises(MappingBusyError, match="became free in time"):
        await waiter
    holder.cancel()
    assert "1\n" == await sandbox.evaluate(ONE, arguments={})


async def test_closing_turns_the_waiting_away_and_leaves_no_process(start_sandbox) -> None:
    limits = SandboxLimits(warm_workers=1, max_workers=1, evaluation_seconds=LONG_SECONDS)
    sandbox = await start_sandbox(limits=limits)
    pids = sandbox.worker_pids
    holder, waiter = busy(sandbox), busy(sandbox)
    await started(holder, waiter)
    await sandbox.close()
    assert [False] == [is_running(pid) for pid in pids]
    for task in (holder, waiter):
        with pytest.raises(MappingBusyError):
            await task


async def test_a_worker_killed_by_somebody_else_is_no_verdict_on_the_program(start_sandbox) -> None:
    limits = SandboxLimits(warm_workers=1, max_workers=1, evaluation_seconds=LONG_SECONDS)
    sandbox = await start_sandbox(limits=limits)
    first = sandbox.worker_pids
    victim = asyncio.create_task(sandbox.evaluate(SLOW, arguments={}))
    await started(victim)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    assert "1\n" == await victim


async def test_a_machine_that_is_too_busy_is_no_verdict_on_the_program_either(start_sandbox) -> None:
    limits = SandboxLimits(evaluation_seconds=LONG_SECONDS, patience_seconds=0.05)
    sandbox = await start_sandbox(limits=limits)
    with pytest.raises(MappingBusyError):
        await busy(sandbox)
    assert "1\n" == await sandbox.evaluate(ONE, arguments={})


async def test_a_program_that_always_runs_away_does_not_take_the_workers_from_others(start_sandbox) -> None:
    sandbox = await start_sandbox(limits=SandboxLimits(evaluation_seconds=0.2))
    runaways = [busy(sandbox) for _ in range(40)]
    await started(*runaways)
    assert "1\n" == await sandbox.evaluate(ONE, arguments={})
    outcomes = await asyncio.gather(*runaways, return_exceptions=True)
    assert {MappingLimitError} == {type(outcome) for outcome in outcomes}
    assert 1 <= sum("again and again" in str(outcome) for outcome in outcomes)


async def test_a_program_is_tried_again_after_its_pause_and_one_success_clears_it() -> None:
    clock = ManualClock(datetime(2026, 11, 1, tzinfo=UTC))
    known = Turns(clock=clock)
    async with known.of("p", patience_seconds=1) as turn:
        for _ in range(3):
            turn.failed()
        during = turn.is_condemned
        clock.advance(5)
        after = turn.is_condemned
        turn.succeeded()
        turn.failed()
    assert (True, False, False) == (during, after, turn.is_condemned)


async def test_a_worker_is_replaced_after_its_share_of_evaluations(start_sandbox) -> None:
    sandbox = await start_sandbox(limits=SandboxLimits(warm_workers=1, max_workers=1, evaluations_per_worker=3))
    first = sandbox.worker_pids
    outputs = [await sandbox.evaluate(ONE, arguments={}) for _ in range(4)]
    assert ["1\n"] * 4 == outputs
    assert not first & sandbox.worker_pids


async def test_a_stop_signal_to_the_whole_group_leaves_evaluations_to_be_drained(start_sandbox) -> None:
    sandbox = await start_sandbox()
    first = sandbox.worker_pids
    for pid in first:
        assert os.getpgid(pid) == os.getpgrp()
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
    assert ["1\n"] * 20 == await asyncio.gather(*(sandbox.evaluate(ONE, arguments={}) for _ in range(20)))
    assert first <= sandbox.worker_pids


PARENT = """
import asyncio
from headwater.core.clock import SystemClock
from headwater.mapping.evaluation import Snippet
from headwater.mapping.limits import SandboxLimits
from headwater.mapping.pool import Pool
from headwater.mapping.process import WORKER_COMMAND
from headwater.mapping.sandbox import Sandbox

async def main():
    sandbox = Sandbox(clock=SystemClock(), limits=SandboxLimits(evaluation_seconds=SECONDS))
    await sandbox.start()
    task = asyncio.create_task(sandbox.evaluate(Snippet(TEXT), arguments={}))
    await asyncio.sleep(0.1)
    print(*sandbox.worker_pids, flush=True)
    await task

asyncio.run(main())
"""


def test_workers_die_with_a_killed_server_even_while_a_program_runs_for_ever() -> None:
    script = PARENT.replace("SECONDS", "1.0").replace("TEXT", repr(ENDLESS.text))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert [True, True] == [is_running(pid) for pid in pids]
        parent.kill()
        parent.wait()
    asyncio.run(until(lambda: not any(is_running(pid) for pid in pids)))


@on_linux
async def test_a_worker_has_no_environment_and_small_limits(start_sandbox) -> None:
    sandbox = await start_sandbox()
    for pid in sandbox.worker_pids:
        assert "" == proc_file(pid, "environ")
        for name, amount in (
            ("Max address space", 512 * 1024 * 1024),
            ("Max open files", 3),
            ("Max file size", 0),
            ("Max core file size", 0),
            ("Max processes", 0),
        ):
            assert re.search(rf"^{name} +{amount} +{amount} ", proc_file(pid, "limits"), re.MULTILINE), name


TAKEN_OVER = """
import os, socket, sys
from headwater.mapping import worker
worker._confine(worker.Limits(512 * 1024 * 1024, 1000, 1.0))
def fails(attempt):
    try:
        attempt()
    except OSError:
        return "refused"
    return "done"
print(fails(lambda: open("/etc/hostname")), fails(lambda: open("written", "w")), fails(socket.socket), fails(os.pipe))
"""


def test_code_that_took_a_worker_over_can_open_neither_files_nor_sockets(tmp_path) -> None:
    done = subprocess.run([sys.executable, "-c", TAKEN_OVER], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "refused refused refused refused\n" == done.stdout
    assert [] == list(tmp_path.iterdir())


# A worker that a program took over, or another release's: it begins well and then lies.
LIAR = """
import os, struct
def frame(*parts):
    body = struct.pack(">I", len(parts)) + b"".join(struct.pack(">I", len(part)) for part in parts) + b"".join(parts)
    return struct.pack(">I", len(body)) + body
os.write(1, frame(b"ready"))
os.read(0, 65536)
os.write(1, LIE)
os.read(0, 65536)
"""
LIES = {
    "a reply too large": "struct.pack('>I', 2**31)",
    "no body": "struct.pack('>I', 0)",
    "no parts": "frame()",
    "parts without lengths": "struct.pack('>II', 4, 9)",
    "more parts than there are bytes": "struct.pack('>II', 4, 2**32 - 1)",
    "a cut-off part": "struct.pack('>III', 8, 1, 9)",
    "bytes that belong to no part": "struct.pack('>III', 10, 1, 1) + b'xy'",
    "two replies": "frame(b'done', b'1') * 2",
    "text": "b'Traceback (most recent call last)'",
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_worker_that_breaks_the_protocol_is_ended(start_sandbox, lie: str) -> None:
    command = (sys.executable, "-I", "-c", LIAR.replace("LIE", LIES[lie]))
    limits = SandboxLimits(warm_workers=1, max_workers=1)
    sandbox = await start_sandbox(command=command, limits=limits)
    (liar,) = sandbox.worker_pids
    with pytest.raises(MappingLimitError):
        await sandbox.evaluate(ONE, arguments={})
    await until(lambda: not is_running(liar))


async def test_a_worker_that_speaks_unasked_is_ended_and_not_started_again_and_again(start_sandbox) -> None:
    impatient = LIAR.replace("os.read(0, 65536)", "import time; time.sleep(0.05)", 1)
    script = impatient.replace("LIE", "frame(b'done', b'\"mallory\"')")
    limits = SandboxLimits(warm_workers=1, max_workers=1)
    sandbox = await start_sandbox(command=(sys.executable, "-I", "-c", script), limits=limits)
    (liar,) = sandbox.worker_pids
    await until(lambda: not is_running(liar))
    assert (frozenset(), 0) == (sandbox.worker_pids, sandbox._pool._starting)


@pytest.mark.parametrize("command", [("/no/such/python",), (sys.executable, "-c", "raise SystemExit(3)")])
async def test_a_sandbox_without_workers_says_so_at_its_start(start_sandbox, command) -> None:
    with pytest.raises(MappingBusyError, match="No Jsonnet worker starts"):
        await start_sandbox(command=command)
