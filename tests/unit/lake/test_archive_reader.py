"""A replay's reader: what the log has forgotten comes from the archive, in the same order, and nothing twice."""

from pathlib import Path

import pytest
from writing_stage import DAY_MS, MINUTE_MS, START, START_MS, Shore, record

from headwater.core.clock import ManualClock
from headwater.deliver.replays import counted
from headwater.lake.archive_reader import ArchiveLostError, ArchiveReader
from headwater.lake.erasures import Erasure, nobody
from headwater.lake.manifest import ARCHIVE
from headwater.log import segments
from headwater.log.log_limits import LogLimits
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter

SOURCES = {"src_web", "src_app"}
EVENTS = 12


class Everything:
    sources = SOURCES

    def has(self, _record):
        return True


class Past(Shore):
    """A log that has forgotten its beginning, and a lake that has all of it."""

    async def begin(self):
        writer = SqliteLogWriter(self.log, clock=ManualClock(START), limits=LogLimits(segment_records=4))
        for number in range(EVENTS):
            source = "src_app" if number % 3 == 1 else "src_web"
            await writer.append([record(number, source=source, at_ms=START_MS - (EVENTS - number) * DAY_MS // 4)])
        self.head = writer.newest_offset
        await writer.close()
        await self.write()

    def forget(self, number=1):
        for path in self.log.glob(f"{segments.path_of(self.log, number).stem}.*"):
            path.unlink()

    def lose_the_archive(self):
        for source in SOURCES:
            for path in self.files("", source=source, kind=ARCHIVE):
                Path(path).unlink()

    def reader(self, erasures=nobody):
        self.in_log = SqliteLogReader(self.log)
        return ArchiveReader(self.in_log, self.lake, erasures=erasures)


@pytest.fixture
async def past(tmp_path):
    shore = Past(tmp_path)
    await shore.begin()
    return shore


async def every_id(reader, *, limit, after=0, sources=SOURCES):
    found, is_end = [], False
    while not is_end:
        seen = await reader.scan(after=after, limit=limit, sources=sources)
        found += [one.record.message_id for one in seen.records]
        after, is_end = seen.up_to, seen.is_end
    return found


ALL = [f"m{number}" for number in range(EVENTS)]


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_it_goes_over_the_seam_in_order_and_each_event_comes_once(past, limit):
    past.forget()

    assert ALL == await every_id(past.reader(), limit=limit)


async def test_it_goes_on_from_any_offset_as_after_a_kill(past):
    past.forget()
    reader = past.reader()

    assert [ALL[after:] for after in range(EVENTS)] == [
        await every_id(reader, limit=2, after=after) for after in range(EVENTS)
    ]


async def test_other_sources_are_not_in_it(past):
    past.forget()

    assert ["m1", "m4", "m7", "m10"] == await every_id(past.reader(), limit=2, sources={"src_app"})


async def test_what_the_log_forgets_meanwhile_is_read_from_the_archive(past):
    past.forget(1)
    reader = past.reader()
    first = await reader.scan(after=0, limit=6, sources=SOURCES)
    past.forget(2)

    assert ALL[len(first.records) :] == await every_id(reader, limit=5, after=first.up_to)


async def test_a_merge_in_the_midst_of_it_loses_and_doubles_nothing(past):
    past.forget()
    reader = past.reader()
    first = await reader.scan(after=0, limit=2, sources=SOURCES)
    past.limits = type(past.limits)(threads=1, files_per_merge=2, grace_ms=0)
    for _ in range(2):
        past.now_ms += MINUTE_MS
        await past.write()

    assert ALL[2:] == await every_id(reader, limit=2, after=first.up_to)


async def test_people_who_are_to_be_erased_are_not_in_it(past):
    past.forget()

    async def somebody():
        return [Erasure(id="e1", user_id="ada", anonymous_id=None, up_to=3, asked_at_ms=0)]

    assert ALL[3:] == await every_id(past.reader(somebody), limit=2)


async def test_a_stretch_reaches_as_far_back_as_the_archive_and_a_count_has_it_all(past):
    past.forget()
    reader = past.reader()

    after, up_to = await reader.stretch(since_ms=0, until_ms=START_MS)
    assert (0, EVENTS) == (after, up_to)
    assert EVENTS == await counted.whole(reader, Everything(), after=after, up_to=up_to)
    assert reader.reaches_back()


async def test_a_stretch_leaves_out_the_days_before_it(past):
    past.forget()

    after, _ = await past.reader().stretch(since_ms=START_MS - 2 * DAY_MS, until_ms=START_MS)

    assert after > 0


async def test_a_lost_file_of_the_archive_is_said_and_nothing_is_skipped(past):
    past.forget()
    past.lose_the_archive()

    with pytest.raises(ArchiveLostError, match="backup"):
        await every_id(past.reader(), limit=2)


async def test_of_a_log_that_has_everything_nothing_is_read_from_the_archive(past):
    past.lose_the_archive()

    assert ALL == await every_id(past.reader(), limit=5)
