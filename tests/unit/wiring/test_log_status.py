"""What `headwater get status` says of the id index is what is in it: counted where the ids really are."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from contracts.event_log import record
from headwater.core.clock import ManualClock, epoch_ms
from headwater.log.log_limits import LogLimits
from headwater.log.retention import Trimmed
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.settings import load
from headwater.wiring import log_status

DAY_SECONDS = 24 * 60 * 60


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, 12, tzinfo=UTC))


@pytest.fixture
async def log(tmp_path, clock):
    """Segments of twenty events, of whose ids seven at a time go from memory to the file."""
    limits = LogLimits(segment_records=20, keys_in_memory=7)
    writer = SqliteLogWriter(tmp_path / "log", clock=clock, limits=limits)
    yield writer
    await writer.close()


async def append(log, clock, *message_ids):
    for message_id in message_ids:
        await log.append([record(message_id, received_at_ms=epoch_ms(clock.now()))])


def said(log):
    return log_status.describe(log, settings=load({}), last_trim=Trimmed())["index"]["ids"]


def in_file(path):
    with closing(sqlite3.connect(path)) as connection:
        return {offset for (offset,) in connection.execute("SELECT offset FROM ids")}


def in_memory(index):
    """Return the offsets whose ids are in memory; while they are being moved they may be in the file, too."""
    newest, moving = len(index._newest.in_order), len(index._moving.in_order)
    return set(range(index._first - moving, index._first + newest))


def really_there(log):
    """Count the entries of each segment's index, wherever they are."""
    count = 0
    for segment in log.segments:
        reached = log._writer._window._reached.get(segment.number)
        offsets = in_memory(reached.index) if reached else set()
        count += len(offsets | (in_file(segment.index_path) if segment.index_path.exists() else set()))
    return count


async def test_an_empty_log_has_no_ids(log):
    assert 0 == said(log) == really_there(log)


async def test_each_event_kept_has_its_id_in_memory_or_in_a_file(log, clock):
    await append(log, clock, *(f"m{number}" for number in range(55)))
    files = [len(in_file(segment.index_path)) for segment in log.segments]

    assert 3 == len(log.segments)
    assert 0 < sum(files) < 55, "the ids are not in both places"
    assert 55 == said(log) == really_there(log)


async def test_a_repetition_adds_no_id(log, clock):
    await append(log, clock, "m1", "m2", "m1", "m1")

    assert 2 == said(log) == really_there(log)


async def test_the_ids_of_forgotten_segments_are_not_counted(log, clock):
    await append(log, clock, *(f"m{number}" for number in range(55)))
    await log.forget(log.segments[:1])

    assert 35 == said(log) == really_there(log)


async def test_ids_that_the_window_no_longer_reaches_are_still_there(log, clock):
    await append(log, clock, *(f"m{number}" for number in range(25)))
    clock.advance(3 * DAY_SECONDS)
    await append(log, clock, "new")

    assert 26 == said(log) == really_there(log)


async def test_an_id_that_is_stored_again_after_the_window_is_there_twice(tmp_path, clock):
    limits = LogLimits(segment_records=200, keys_in_memory=7, dedupe_window_ms=1_000)
    log = SqliteLogWriter(tmp_path / "short", clock=clock, limits=limits)
    for _ in range(2):
        await append(log, clock, *(f"m{number}" for number in range(10)))
        clock.advance(5)
    found = (said(log), really_there(log))
    await log.close()

    assert (20, 20) == found
