"""What the log meets on a bad day: a full disk at the worst moment, a logger that fails too, too many segments."""

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from contracts.event_log import record
from headwater.core.clock import ManualClock, epoch_ms
from headwater.log import segments
from headwater.log.event_log import LogOverloadedError
from headwater.log.log_limits import LogLimits, RetentionLimits
from headwater.log.retention import REST_SECONDS, Retention
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import LogWriteError, SqliteLogWriter


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, 12, tzinfo=UTC))


@pytest.fixture
def opener(tmp_path, clock):
    writers = []

    def open_log(**limits):
        writers.append(SqliteLogWriter(tmp_path / "log", clock=clock, limits=LogLimits(**limits)))
        return writers[-1]

    return open_log


def test_a_fresh_segment_is_whole_in_its_file_though_its_write_ahead_log_is_never_moved(tmp_path, monkeypatch):
    # A disk that fills up when the draft is closed leaves the same behind as somebody who has it open just then.
    real_connect, watchers = sqlite3.connect, []

    class Watched(sqlite3.Connection):
        def close(self):
            watchers.append(real_connect(self.execute("PRAGMA database_list").fetchone()[2]))
            watchers[-1].execute("SELECT * FROM about").fetchall()
            super().close()

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *path, **more: real_connect(*path, **more, factory=Watched))
        made = segments.create(tmp_path, number=1, first_offset=41, now_ms=7, positions=[("outbox", 3)])
    for watcher in watchers:
        watcher.close()

    assert 1 == len(watchers)
    assert made == segments.describe(made.path)


async def test_a_logger_that_fails_with_the_disk_does_not_end_the_writer(opener, monkeypatch):
    class FullDisk:
        def msg(self, _line):
            raise OSError(28, "No space left on device")

        error = info = warning = msg

    writer = opener()
    with monkeypatch.context() as patch:
        patch.setattr("headwater.log.sqlite_writer.logger", structlog.wrap_logger(FullDisk()))
        writer._writer._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(LogWriteError):
            await asyncio.wait_for(writer.append([record("m1", body=b"x" * 10_000)]), 5)
    (answer,) = await asyncio.wait_for(writer.append([record("m2")]), 5)
    await writer.close()

    assert 1 == answer.offset


async def test_a_failure_nobody_thought_of_is_an_answer_not_the_end_of_the_writer(opener):
    writer = opener()
    with pytest.raises(LogWriteError):
        await asyncio.wait_for(writer.append([record("half a pair: \ud800")]), 5)
    (answer,) = await asyncio.wait_for(writer.append([record("m1")]), 5)
    await writer.close()

    assert 1 == answer.offset


async def test_more_than_the_disk_can_take_is_refused_until_it_has_caught_up_and_nothing_refused_is_stored(
    opener, tmp_path
):
    writer, reader, disk_is_back = opener(pending_bytes=100), SqliteLogReader(tmp_path / "log"), threading.Event()
    slow = asyncio.create_task(writer._between_commits(lambda: disk_is_back.wait(5) and None))
    await asyncio.sleep(0)
    taken = [asyncio.create_task(writer.append([record(f"m{number}", body=b"x" * 10)])) for number in range(10)]
    await asyncio.sleep(0)
    with pytest.raises(LogOverloadedError):
        await writer.append([record("one too many", body=b"x" * 10)])
    disk_is_back.set()
    await asyncio.gather(slow, *taken)
    (answer,) = await writer.append([record("now", body=b"x" * 10)])
    stored = [one.record.message_id for one in await reader.read(after=0, limit=100)]
    reader.close()
    await writer.close()

    assert not answer.is_duplicate
    assert [*(f"m{number}" for number in range(10)), "now"] == stored


async def test_tiny_segments_that_nobody_may_remove_do_not_use_up_all_open_files(opener, clock, tmp_path):
    writer = opener(segment_records=1)
    before = open_files()
    for number in range(400):
        await writer.append([record(f"m{number}", received_at_ms=epoch_ms(clock.now()))])
    count, files = len(writer.segments), open_files() - before
    (again,) = await writer.append([record("m0", received_at_ms=epoch_ms(clock.now()))])
    await writer.close()

    assert 16 < count < 150
    assert files < 600
    assert again.is_duplicate


async def test_a_log_beyond_its_limits_shrinks_when_a_segment_ends_not_an_hour_later(opener, clock, tmp_path):
    async def nobody_lags():
        return {}

    writer, reader = opener(segment_records=2), SqliteLogReader(tmp_path / "log")
    retention = Retention(writer, limits=RetentionLimits(events=4), clock=clock, cursors=nobody_lags)
    running = asyncio.create_task(retention.run())
    for number in range(11):
        await writer.append([record(f"m{number}")])
    async with asyncio.timeout(10):
        while len(list((tmp_path / "log").glob("*.db"))) > 2:
            clock.advance(REST_SECONDS / 100)
            await asyncio.to_thread(lambda: None)
    running.cancel()
    left = [one.offset for one in await reader.read(after=0, limit=100)]
    reader.close()
    await writer.close()

    assert [9, 10, 11] == left
    assert clock.now() < datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


async def test_a_segment_that_cannot_be_removed_ends_neither_retention_nor_the_server(opener, clock, monkeypatch):
    async def nobody_lags():
        return {}

    def broken_disk(_path):
        raise OSError(5, "Input/output error")

    writer = opener(segment_records=2)
    for number in range(11):
        await writer.append([record(f"m{number}")])
    monkeypatch.setattr("headwater.log.segments.remove", broken_disk)
    retention = Retention(writer, limits=RetentionLimits(events=4), clock=clock, cursors=nobody_lags)
    running = asyncio.create_task(retention.run())
    async with asyncio.timeout(10):
        while len(writer.segments) > 2:
            await asyncio.to_thread(lambda: None)
        await writer.roll_if_due()
    await asyncio.to_thread(lambda: None)

    assert not running.done()
    running.cancel()
    await writer.close()
