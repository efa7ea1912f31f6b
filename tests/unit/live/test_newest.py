"""The newest events, looked for backwards: few looks where there is little, and no record opened for nothing."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from headwater.core.clock import ManualClock
from headwater.core.event import Record
from headwater.live.newest import newest
from headwater.log.log_limits import LogLimits
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter

EVENTS = 3_000
ADAS = (5, 700, 2_990)


class Counting:
    """A reader that counts how often, and for how many records, it was asked."""

    def __init__(self, reader):
        self._reader = reader
        self.looks, self.opened = 0, 0

    async def head(self):
        return await self._reader.head()

    async def read(self, **what):
        return await self._reader.read(**what)

    async def search(self, **what):
        found = await self._reader.search(**what)
        self.looks, self.opened = self.looks + 1, self.opened + len(found.records)
        return found


def record(number):
    return Record(
        source="shop",
        message_id=f"m{number}",
        type="track",
        body=b"{}",
        received_at_ms=0,
        user_id="ada" if number in ADAS else "bob",
    )


@pytest.fixture
def log(tmp_path):
    @asynccontextmanager
    async def opened():
        limits = LogLimits(segment_records=1_000)
        writer = SqliteLogWriter(tmp_path / "log", clock=ManualClock(datetime(2026, 11, 29, tzinfo=UTC)), limits=limits)
        reader = SqliteLogReader(tmp_path / "log")
        for first in range(1, EVENTS + 1, 100):
            await writer.append([record(number) for number in range(first, first + 100)])
        try:
            yield Counting(reader)
        finally:
            reader.close()
            await writer.close()

    return opened


def is_adas(record):
    return record.user_id == "ada"


async def test_finds_what_is_rare_in_few_looks_across_segments_and_opens_little(log):
    async with log() as reader:
        found = await newest(reader, limit=10, is_wanted=is_adas, marks=[b"ada"])

    assert [2_990, 700, 5] == [one.offset for one in found.events]
    assert (EVENTS, False) == (found.scanned, found.is_cut)
    assert reader.looks <= 5
    assert reader.opened <= 100 * len(ADAS)


async def test_goes_on_below_an_offset_and_looks_at_so_many_at_most(log):
    async with log() as reader:
        below = await newest(reader, limit=10, before=700, is_wanted=is_adas, marks=[b"ada"])
        cut = await newest(reader, limit=10, most=1_000, is_wanted=is_adas, marks=[b"ada"])

    assert ([5], False, None) == ([one.offset for one in below.events], below.is_cut, below.next)
    assert ([2_990], 1_000, True) == ([one.offset for one in cut.events], cut.scanned, cut.is_cut)
    assert EVENTS - 1_000 + 1 == cut.next


async def test_looks_closely_at_so_many_only_however_far_it_may_go(log):
    async with log() as reader:
        found = await newest(reader, limit=10, most_opened=500, is_wanted=is_adas)

    assert (600, True, EVENTS - 600 + 1) == (found.scanned, found.is_cut, found.next)


async def test_ends_where_the_log_begins_and_not_before(log, tmp_path):
    async with log() as reader:
        for one in (tmp_path / "log").glob("00000001.*"):
            one.unlink()  # as retention does
        found = await newest(reader, limit=10, is_wanted=is_adas, marks=[b"ada"], most=2_000)
        oldest = await newest(reader, limit=10, before=1_002)

    assert ([2_990], False, None) == ([one.offset for one in found.events], found.is_cut, found.next)
    assert ([1_001], False, None) == ([one.offset for one in oldest.events], oldest.is_cut, oldest.next)


async def test_takes_a_step_that_is_full_as_it_comes(log):
    async with log() as reader:
        found = await newest(reader, limit=450)

    assert list(range(EVENTS, EVENTS - 450, -1)) == [one.offset for one in found.events]
    assert (600, EVENTS - 450 + 1) == (reader.opened, found.next)


async def test_of_very_many_that_may_be_it_the_newest_are_opened_and_where_they_begin_is_said(log):
    async with log() as reader:
        found = await reader.search(after=50, up_to=2_950, containing=[b"bob"], most=250)

    assert list(range(2_701, 2_951)) == [one.offset for one in found.records]
    assert 2_700 == found.after


async def test_a_log_of_which_nothing_is_kept_has_nothing_older(tmp_path):
    writer = SqliteLogWriter(tmp_path / "log", clock=ManualClock(datetime(2026, 11, 29, tzinfo=UTC)))
    await writer.append([record(number) for number in range(1, 101)])
    await writer.start_over()
    reader = SqliteLogReader(tmp_path / "log")
    found = await newest(reader, limit=10, most=50)
    reader.close()
    await writer.close()

    assert ([], False, None) == (found.events, found.is_cut, found.next)
