"""Forgetting whole segments: what goes, what stays, and that no reader is overtaken without an operator's word."""

import asyncio
from datetime import UTC, datetime

import pytest

from contracts.event_log import record
from headwater.core.clock import ManualClock, epoch_ms
from headwater.core.errors import UnavailableError
from headwater.log.log_limits import LogLimits, RetentionLimits
from headwater.log.retention import Laggard, Retention, Trimmed
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter

HOUR_SECONDS = 3_600


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, 12, tzinfo=UTC))


@pytest.fixture
async def log(tmp_path, clock):
    """Ten events in segments of two, an hour apart: 1-2, 3-4, 5-6, 7-8 and 9-10, the last one being written."""
    writer = SqliteLogWriter(tmp_path / "log", clock=clock, limits=LogLimits(segment_records=2))
    for number in range(1, 11):
        await writer.append([record(f"m{number}", received_at_ms=epoch_ms(clock.now()), body=b"x" * 5_000)])
        clock.advance(HOUR_SECONDS)
    yield writer
    await writer.close()


@pytest.fixture
async def reader(tmp_path, log):
    reader = SqliteLogReader(tmp_path / "log")
    yield reader
    reader.close()


def trimming(log, clock, *, cursors=None, **limits):
    async def where():
        return cursors if cursors is not None else {}

    return Retention(log, limits=RetentionLimits(**limits), clock=clock, cursors=where)


async def offsets(reader):
    return [stored.offset for stored in await reader.read(after=0, limit=100)]


async def test_without_limits_nothing_goes(log, reader, clock):
    assert Trimmed() == await trimming(log, clock).trim()
    assert list(range(1, 11)) == await offsets(reader)


async def test_segments_older_than_the_age_go_and_younger_ones_stay(log, reader, clock):
    # It is ten hours after the first event; the segment 3-4 ended six hours ago, 5-6 four.
    trimmed = await trimming(log, clock, age_ms=5 * HOUR_SECONDS * 1000).trim()

    assert (2, 4) == (trimmed.segments, trimmed.events)
    assert [5, 6, 7, 8, 9, 10] == await offsets(reader)


async def test_more_events_than_allowed_go_by_whole_segments(log, reader, clock):
    await trimming(log, clock, events=7).trim()

    assert [5, 6, 7, 8, 9, 10] == await offsets(reader)


async def test_a_log_larger_than_allowed_shrinks_on_disk(log, reader, clock, tmp_path):
    def size():
        return sum(path.stat().st_size for path in (tmp_path / "log").iterdir())

    await reader.read(after=0, limit=100)  # and the reader has the files open
    before = size()
    limit = sum(segment.size_bytes() for segment in log.segments[3:])
    await trimming(log, clock, size_bytes=limit).trim()

    assert [7, 8, 9, 10] == await offsets(reader)
    assert size() < before
    assert ["00000004.db", "00000005.db"] == sorted(path.name for path in (tmp_path / "log").glob("*.db"))


async def test_the_segment_being_written_never_goes(log, reader, clock):
    clock.advance(1_000 * HOUR_SECONDS)
    await trimming(log, clock, age_ms=1, events=1, size_bytes=1).trim()

    assert [9, 10] == await offsets(reader)
    await log.append([record("m11")])
    assert [9, 10, 11] == await offsets(reader)


async def test_a_reader_that_lags_is_not_overtaken_and_named(log, reader, clock):
    retention = trimming(log, clock, events=4, cursors={"dst_slow": 3, "dst_fast": 10})
    trimmed = await retention.trim()

    assert [3, 4, 5, 6, 7, 8, 9, 10] == await offsets(reader)
    assert (Laggard(reader="dst_slow", cursor=3, events=3),) == trimmed.held_back_by


async def test_with_the_operators_word_it_is_overtaken_and_the_loss_is_counted(log, reader, clock):
    retention = trimming(log, clock, events=4, cursors={"dst_slow": 3, "dst_fast": 10})
    trimmed = await retention.trim(overtake=True)

    assert [7, 8, 9, 10] == await offsets(reader)
    assert (Laggard(reader="dst_slow", cursor=3, events=3),) == trimmed.overtaken


async def test_nothing_goes_while_nobody_knows_how_far_the_readers_are(log, reader, clock):
    async def nobody():
        raise UnavailableError

    retention = Retention(log, limits=RetentionLimits(events=1), clock=clock, cursors=nobody)
    with pytest.raises(UnavailableError):
        await retention.trim()

    assert list(range(1, 11)) == await offsets(reader)
    assert retention.last.unknown


async def test_the_operators_word_counts_also_where_no_reader_runs(log, reader, clock):
    async def nobody():
        raise UnavailableError("Nobody reads here.")

    retention = Retention(log, limits=RetentionLimits(events=4), clock=clock, cursors=nobody)
    trimmed = await retention.trim(overtake=True)

    assert [7, 8, 9, 10] == await offsets(reader)
    assert (6, "Nobody reads here.") == (trimmed.events, trimmed.unknown)


async def test_forgotten_ids_are_found_no_more_and_kept_ones_still_deduplicate(log, reader, clock):
    await trimming(log, clock, events=4).trim()
    again = record("m7", received_at_ms=epoch_ms(clock.now()))

    assert [] == await reader.find("m1")
    assert [True] == [answer.is_duplicate for answer in await log.append([again])]


async def test_a_restart_after_trimming_goes_on_where_the_log_was(log, clock, tmp_path):
    await trimming(log, clock, events=4).trim()
    await log.close()
    reopened = SqliteLogWriter(tmp_path / "log", clock=clock)
    (answer,) = await reopened.append([record("m11")])
    await reopened.close()

    assert 11 == answer.offset


async def test_every_hour_it_looks_again_and_an_old_segment_ends_without_traffic(log, reader, clock):
    retention = trimming(log, clock, age_ms=30 * HOUR_SECONDS * 1000)
    running = asyncio.create_task(retention.run())
    async with asyncio.timeout(10):
        while len(log.segments) > 1 or len(list((log.segments[0].path.parent).glob("*.db"))) > 1:
            clock.advance(HOUR_SECONDS)
            await asyncio.to_thread(lambda: None)
    running.cancel()

    assert [] == await offsets(reader)


async def test_nothing_goes_while_a_backup_holds_the_log_and_then_it_does(log, reader, clock):
    retention = trimming(log, clock, events=4)
    async with retention.held():
        waiting = asyncio.create_task(retention.trim())
        await log.append([record("meanwhile")])
        assert list(range(1, 12)) == await offsets(reader)

    assert (await waiting).segments > 0


async def test_appends_go_on_while_a_segment_is_removed(log, reader, clock, monkeypatch):
    removing, may_go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow_disk(path):
        if path.name == "next.db":
            return  # the append below begins a segment
        loop.call_soon_threadsafe(removing.set)
        asyncio.run_coroutine_threadsafe(may_go_on.wait(), loop).result(5)

    monkeypatch.setattr("headwater.log.segments.remove", slow_disk)
    trim = asyncio.create_task(trimming(log, clock, events=4).trim())
    await removing.wait()
    async with asyncio.timeout(5):
        (answer,) = await log.append([record("meanwhile")])
    may_go_on.set()
    await trim

    assert 11 == answer.offset


@pytest.mark.parametrize(
    ("retention", "field", "expected"),
    [
        (RetentionLimits(), "segment_records", 16_000_000),
        (RetentionLimits(events=1_000), "segment_records", 100),
        (RetentionLimits(age_ms=100_000), "segment_age_ms", 10_000),
        (RetentionLimits(size_bytes=1_000_000), "segment_bytes", 100_000),
        (RetentionLimits(events=1), "segment_records", 1),
    ],
)
def test_segments_are_small_enough_for_the_retention_to_be_felt(retention, field, expected):
    assert expected == getattr(retention.log_limits(dedupe_window_ms=1), field)


async def test_a_segment_ends_when_it_is_large(tmp_path, clock):
    writer = SqliteLogWriter(tmp_path / "small", clock=clock, limits=LogLimits(segment_bytes=100_000))
    for number in range(40):
        await writer.append([record(f"m{number}", body=b"x" * 50_000)])
        await writer.roll_if_due()
    count = len(writer.segments)
    await writer.close()

    assert 1 < count


async def test_what_a_reader_held_back_goes_within_minutes_of_its_having_caught_up(log, reader, clock):
    cursors = {"@lake": 0}
    retention = trimming(log, clock, cursors=cursors, events=4)
    running = asyncio.create_task(retention.run())
    began = clock.monotonic()
    async with asyncio.timeout(10):
        while not retention.last.held_back_by:
            await asyncio.to_thread(lambda: None)
        cursors["@lake"] = 10
        while len(await offsets(reader)) > 4:
            clock.advance(1)
            await asyncio.to_thread(lambda: None)
    running.cancel()

    assert clock.monotonic() - began < HOUR_SECONDS / 10
