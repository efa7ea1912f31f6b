"""The SQLite log obeys the contract, and its own promises: group commit, segments, kill -9."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.event_log import EventLogContract, record
from headwater.core.clock import ManualClock
from headwater.core.errors import HeadwaterError
from headwater.log import id_keys, segments
from headwater.log.log_limits import LogLimits
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, 12, tzinfo=UTC))


@pytest.fixture
def opener(tmp_path, clock):
    @asynccontextmanager
    async def open_log(limits: LogLimits | None = None):
        writer = SqliteLogWriter(tmp_path / "log", clock=clock, limits=limits)
        reader = SqliteLogReader(tmp_path / "log")
        try:
            yield writer, reader
        finally:
            reader.close()
            await writer.close()

    return open_log


@pytest.fixture
def refusal():
    async def code_of(call):
        with pytest.raises(HeadwaterError) as caught:
            await call
        return caught.value.code

    return code_of


class TestSqliteLog(EventLogContract):
    pass


async def test_a_full_segment_is_followed_by_another_and_reading_crosses_them(opener):
    async with opener(LogLimits(segment_records=3)) as (writer, reader):
        for number in range(8):
            await writer.append([record(f"m{number}")])
        stored = await reader.read(after=1, limit=5)
        found = await reader.find("m7")

    assert [2, 3, 4, 5, 6] == [one.offset for one in stored]
    assert [8] == [one.offset for one in found]


async def test_concurrent_appends_share_commits(opener, tmp_path):
    async with opener() as (writer, _reader):
        commits = 0
        original = writer._commit

        def counting(jobs):
            nonlocal commits
            commits += 1
            return original(jobs)

        writer._commit = counting
        await asyncio.gather(*(writer.append([record(f"m{n}")]) for n in range(200)))

    assert commits < 100


async def test_more_than_fits_in_memory_is_refused_not_queued(opener, refusal):
    async with opener(LogLimits(pending_bytes=10)) as (writer, reader):
        code = await refusal(writer.append([record("m1", body=b"x" * 11)]))
        await writer.append([record("m2", body=b"x" * 10)])
        head = await reader.head()

    assert ("log_overloaded", 1) == (code, head)


async def test_a_failed_commit_stores_nothing_says_so_and_the_next_one_works(opener, refusal):
    async with opener() as (writer, reader):
        await writer.append([record("m1")])
        writer._writer._connection.execute("PRAGMA max_page_count = 1")  # the disk is full, as SQLite sees it
        code = await refusal(writer.append([record("m2", body=b"x" * 10_000)]))
        (answer,) = await writer.append([record("m3")])
        stored = await reader.read(after=0, limit=10)

    assert ("log_write_failed", 2) == (code, answer.offset)
    assert ["m1", "m3"] == [one.record.message_id for one in stored]


async def test_colliding_hashes_do_not_make_two_events_one(opener, monkeypatch):
    monkeypatch.setattr(id_keys, "key_of", lambda _source, _message_id: b"the same for all ids")
    async with opener() as (writer, _reader):
        answers = await writer.append([record("m1"), record("m2")])

    assert [False, False] == [answer.is_duplicate for answer in answers]


async def test_a_log_of_a_newer_release_is_refused_in_one_sentence(opener, tmp_path, clock):
    async with opener():
        pass
    with sqlite3.connect(tmp_path / "log" / "00000001.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(segments.NewerLogError, match="newer release"):
        SqliteLogWriter(tmp_path / "log", clock=clock)


WRITER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from contracts.event_log import record
from headwater.core.clock import SystemClock
from headwater.log.sqlite_writer import SqliteLogWriter

async def main():
    writer = SqliteLogWriter(Path(sys.argv[1]), clock=SystemClock())
    number = 0
    while True:
        batch = [record(f"m{number + n}") for n in range(7)]
        await writer.append(batch)
        number += 7
        print(number, flush=True)

asyncio.run(main())
"""


async def test_kill_nine_loses_nothing_that_was_acked_and_tears_no_batch(tmp_path, clock):
    tests = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", WRITER, str(tmp_path / "log"), tests]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220  nothing else runs
        acked = 0
        while acked < 700:
            acked = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
    acked = int(rest[-1]) if rest else acked

    writer = SqliteLogWriter(tmp_path / "log", clock=clock)
    reader = SqliteLogReader(tmp_path / "log")
    stored = await reader.read(after=0, limit=1_000_000)
    reader.close()
    await writer.close()

    assert len(stored) >= acked
    assert 0 == len(stored) % 7
    assert [f"m{n}" for n in range(len(stored))] == [one.record.message_id for one in stored]
