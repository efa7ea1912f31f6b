"""An ack means fsync'd: asked of the very connections that write, not of the constants they are opened with."""

import contextlib
from datetime import UTC, datetime

import pytest

from contracts.event_log import record
from headwater.core.clock import ManualClock
from headwater.log import checkpoints, segments
from headwater.log.log_limits import LogLimits
from headwater.log.segment_writer import Append, SegmentWriter
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import LogWriteError, SqliteLogWriter

FULL = 2  # NORMAL is 1: then a power cut takes what was acknowledged since the last checkpoint
WHOLE_COMMIT = 1_000_000


def level(connection):
    return connection.execute("PRAGMA synchronous").fetchone()[0]


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, 12, tzinfo=UTC))


async def test_the_logs_writer_syncs_each_commit(tmp_path, clock):
    log = SqliteLogWriter(tmp_path / "log", clock=clock)
    await log.append([record("m1")])
    found = level(log._writer._connection)
    await log.close()

    assert FULL == found


def test_it_does_so_in_the_next_segment_and_after_a_failed_commit_too(tmp_path, clock):
    writer = SegmentWriter(tmp_path / "log", clock=clock, limits=LogLimits(segment_records=1))
    writer.commit([Append([record("m1")])])
    writer.commit([Append([record("m2")])])
    rolled = (writer.segments[-1].number, level(writer._connection))
    writer.recover()
    recovered = level(writer._connection)
    writer.close()

    assert ((2, FULL), FULL) == (rolled, recovered)


def test_the_write_ahead_log_is_moved_on_a_connection_that_syncs(tmp_path, clock, monkeypatch):
    """Before the write-ahead log is used again, what was in it must be on the disk and not just on its way."""
    found, move_on = [], checkpoints._move_on

    def look_and_move_on(connection):
        found.append(level(connection))
        move_on(connection)

    monkeypatch.setattr(checkpoints, "_move_on", look_and_move_on)
    monkeypatch.setattr(checkpoints, "BYTES_BETWEEN", WHOLE_COMMIT)
    writer = SegmentWriter(tmp_path / "log", clock=clock, limits=LogLimits())
    writer.commit([Append([record("m1", body=b"x" * WHOLE_COMMIT)])])
    writer._checkpoints._under_way.result()
    by_the_mover = list(found)
    writer.commit([Append([record("m2")])])  # which moves the rest itself
    writer.close()

    assert [FULL] == by_the_mover
    assert [FULL, FULL] == found


def test_a_new_segment_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    asked = []
    connect = segments.sqlite3.connect

    def watched(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.set_trace_callback(asked.append)
        return connection

    monkeypatch.setattr(segments.sqlite3, "connect", watched)
    segments.create(tmp_path, number=1, first_offset=1, now_ms=0, positions=())

    assert asked.index(segments.FULL_SYNC) < next(at for at, one in enumerate(asked) if "CREATE TABLE" in one)


def test_a_segments_name_is_made_to_last_before_anything_is_written_to_it(tmp_path, clock, monkeypatch):
    synced, sync_folder = [], segments.sync_folder
    monkeypatch.setattr(
        segments, "sync_folder", lambda folder: (synced.append(segments.numbers(folder)), sync_folder(folder))
    )
    writer = SegmentWriter(tmp_path / "log", clock=clock, limits=LogLimits(segment_records=1))
    for number in range(3):
        writer.commit([Append([record(f"m{number}")])])
    writer.close()

    assert [[1], [1, 2], [1, 2, 3]] == synced


async def test_a_folder_that_can_not_be_synced_delays_and_readers_miss_nothing(tmp_path, clock, monkeypatch):
    log = SqliteLogWriter(tmp_path / "log", clock=clock, limits=LogLimits(segment_records=1))
    reader = SqliteLogReader(tmp_path / "log")
    await log.append([record("m1")])
    sync_folder = segments.sync_folder

    def broken(_folder):
        raise OSError("the disk is in trouble")

    monkeypatch.setattr(segments, "sync_folder", broken)
    for _ in range(2):
        with pytest.raises(LogWriteError):
            await log.append([record("m2")])
        await reader.read(after=0, limit=10)  # which has the new segment open from here on
    monkeypatch.setattr(segments, "sync_folder", sync_folder)
    with contextlib.suppress(LogWriteError):
        await log.append([record("m2")])
    await log.append([record("m2"), record("m3")])
    found = [stored.record.message_id for stored in await reader.read(after=0, limit=10)]
    reader.close()
    await log.close()

    assert ["m1", "m2", "m3"] == found
