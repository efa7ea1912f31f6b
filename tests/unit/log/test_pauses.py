"""Nothing that the log does for itself makes an append wait long: expiry, checkpoints, the end of a segment."""

import asyncio
import os
import time
from datetime import UTC, datetime

import pytest

from contracts.event_log import record
from headwater.core.clock import SystemClock, epoch_ms
from headwater.log.log_limits import LogLimits, RetentionLimits
from headwater.log.retention import Retention
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter

LARGE_BYTES = 200_000_000
MOST_WAL_BYTES = 100_000_000
LONGEST_APPEND_SECONDS = 0.5  # generous: the machine does other things, too
EVENTS, BATCH = 60_000, 200
MANY_EVENTS = 200_000


async def nobody_lags():
    return {}


async def append_until(done, writer, *, batch=1, body=b"{}", limit=10**9):
    """Append one after the other until `done` (or so many); return how long each took, in seconds."""
    took, count = [], 0
    while not done() and count < limit:
        now_ms = epoch_ms(datetime.now(UTC))
        records = [record(os.urandom(16).hex(), received_at_ms=now_ms, body=body) for _ in range(batch)]
        began = time.perf_counter()
        await writer.append(records)
        took.append(time.perf_counter() - began)
        count += batch
    return took


def told(name, took):
    at = [seconds * 1e3 for seconds in sorted(took)]
    middle, high, longest = at[len(at) // 2], at[int(len(at) * 0.99)], at[-1]
    print(f"{name}: {len(at)} appends, median {middle:.1f} ms, p99 {high:.1f} ms, longest {longest:.0f} ms")  # noqa: T201  figures
    return longest / 1e3


@pytest.mark.soak
async def test_no_append_waits_for_the_removal_of_a_large_segment(tmp_path):
    limits = LogLimits(segment_records=LARGE_BYTES // 30_000 + 1)
    writer = SqliteLogWriter(tmp_path / "log", clock=SystemClock(), limits=limits)
    reader = SqliteLogReader(tmp_path / "log")
    await append_until(lambda: len(writer.segments) > 1, writer, batch=100, body=b"x" * 30_000)
    assert writer.segments[0].size_bytes() >= LARGE_BYTES
    await reader.read(after=0, limit=10)
    before = await append_until(lambda: False, writer, limit=300)

    retention = Retention(writer, limits=RetentionLimits(events=1), clock=SystemClock(), cursors=nobody_lags)
    trim = asyncio.create_task(retention.trim())
    during = await append_until(trim.done, writer)
    after = await append_until(lambda: False, writer, limit=300)
    reader.close()
    await writer.close()

    assert 1 == (await trim).segments
    told("before", before)
    longest = told("during and after the removal", during + after)
    assert longest < LONGEST_APPEND_SECONDS


@pytest.mark.parametrize("events", [EVENTS, pytest.param(MANY_EVENTS, marks=pytest.mark.soak)])
async def test_under_load_the_write_ahead_log_stays_small_although_somebody_reads(tmp_path, events):
    writer = SqliteLogWriter(tmp_path / "log", clock=SystemClock())
    reader = SqliteLogReader(tmp_path / "log")
    largest, position, took = 0, 0, []

    async def follow():
        nonlocal position
        while True:
            batch = await reader.read(after=position, limit=500)
            position = batch[-1].offset if batch else position
            await asyncio.sleep(0.001)

    following = asyncio.create_task(follow())
    for _ in range(events // BATCH):
        took += await append_until(lambda: False, writer, batch=BATCH, body=b"x" * 2_000, limit=BATCH)
        largest = max(largest, *(path.stat().st_size for path in (tmp_path / "log").glob("*-wal")))
    following.cancel()
    await asyncio.wait([following])
    reader.close()
    await writer.close()

    longest = told(f"largest write-ahead log {largest / 1e6:.0f} MB", took)
    assert largest < MOST_WAL_BYTES
    assert longest < LONGEST_APPEND_SECONDS * 2
