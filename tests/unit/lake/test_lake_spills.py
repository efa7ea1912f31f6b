"""A spill is written beside who prepares the next; what goes wrong there is heard where it is awaited."""

import duckdb
import pytest
from writing_stage import DAY_MS, START_MS, Shore, record

from headwater.core.event import Stored
from headwater.lake.flush import Flush
from headwater.lake.haul import Haul
from headwater.lake.limits import WriteLimits
from headwater.lake.writable_lake import WritableLake


@pytest.fixture
def lake(tmp_path):
    with WritableLake(tmp_path / "lake", limits=WriteLimits(threads=1), now_ms=START_MS) as lake:
        yield lake


@pytest.fixture
def flush(lake):
    flush = Flush(lake)
    yield flush
    flush.close()


def test_an_archive_that_cant_be_written_is_heard_of_and_nothing_is_valid(lake, flush):
    flush.take(Haul.of([Stored(offset=1, record=record(1))]))
    for path in lake.new.folder.glob("*.archive"):
        path.unlink()
    flush.spill()
    with pytest.raises(FileNotFoundError):
        flush.settle()

    assert 0 == lake.cursor


def test_rows_that_cant_be_written_are_heard_of_and_nothing_is_valid(lake, flush):
    flush.take(Haul.of([Stored(offset=1, record=record(1))]))
    lake.duck.close()
    flush.spill()
    with pytest.raises(duckdb.ConnectionException):
        flush.settle()

    assert 0 == lake.cursor


async def test_an_id_that_comes_again_while_its_spill_is_being_written_is_taken_once(tmp_path):
    shore = Shore(tmp_path, events_per_flush=2, records_per_read=2, files_per_merge=100)
    await shore.append(record(1), record(2), dedupe_window_ms=1)
    await shore.append(record(2, at_ms=START_MS + 9), record(3), dedupe_window_ms=1, at_ms=START_MS + 9)
    await shore.append(record(1, at_ms=START_MS + 99), record(4), dedupe_window_ms=1, at_ms=START_MS + 99)
    assert 6 == shore.head
    report = await shore.write()

    assert 4 == report.events
    assert (["m1", "m2", "m3", "m4"], ["m1", "m2", "m3", "m4"]) == (shore.ids(), shore.archived())


async def test_a_spill_of_several_days_and_sources_has_an_archive_of_each(tmp_path):
    shore = Shore(tmp_path)
    await shore.append(record(1), record(2, source="src_app"), record(3, at_ms=START_MS + DAY_MS), record(4))
    await shore.write()

    assert (["m1", "m3", "m4"], ["m2"]) == (shore.archived(), shore.archived(source="src_app"))
