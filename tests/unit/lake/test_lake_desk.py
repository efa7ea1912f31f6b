"""What operators are told of the lake: how far it is, what it holds, and which of its files somebody took away."""

import shutil
import sqlite3
from datetime import UTC, datetime

import pytest
from writing_stage import Shore, record

from headwater.core.clock import ManualClock
from headwater.core.errors import UnavailableError
from headwater.lake import manifest, manifest_tables
from headwater.lake.lake_desk import LakeDesk
from headwater.lake.manifest import Manifest

START = datetime(2026, 11, 29, tzinfo=UTC)
CLOCK = ManualClock(START)


async def nobody(topic, payload):
    raise UnavailableError("Nobody writes it here.")


async def somebody(topic, payload):
    return {"lake": {"state": "resting", "reason": None, "head": 5}, "rebuild_lake": 7}[topic]


@pytest.fixture
async def shore(tmp_path):
    shore = Shore(tmp_path)
    await shore.append(record(1), record(2, type="page"))
    await shore.write()
    return shore


async def test_it_says_what_the_lake_holds_and_how_far_behind_the_log_it_is(shore):
    shown = await LakeDesk(shore.lake, ask=somebody, clock=CLOCK).described()

    assert ("resting", 2, 3) == (shown["state"], shown["cursor"], shown["lag"])
    assert (2, 3, 2, 2, 1) == tuple(
        shown[name] for name in ("events", "tables", "rows", "parquet_files", "archive_files")
    )
    on_disk = sum((shore.lake / one.path).stat().st_size for one in shore.snapshot().files)
    assert on_disk == shown["parquet_bytes"] + shown["archive_bytes"]
    assert (0, []) == (shown["lost"], shown["lost_files"])


async def test_a_file_that_is_gone_is_named(shore):
    lost = next(one.path for one in shore.snapshot().files if one.table == "pages")
    (shore.lake / lost).unlink()
    shown = await LakeDesk(shore.lake, ask=somebody, clock=CLOCK).described()

    assert (1, [lost]) == (shown["lost"], shown["lost_files"])


async def test_files_are_looked_for_once_a_minute_and_a_lost_one_each_time(shore):
    clock = ManualClock(START)
    desk = LakeDesk(shore.lake, ask=somebody, clock=clock)
    lost = next(one.path for one in shore.snapshot().files if one.table == "pages")
    await desk.described()
    (shore.lake / lost).unlink()
    soon = await desk.described()
    clock.advance(60)
    later = await desk.described()
    (shore.lake / lost).touch()
    mended = await desk.described()

    assert [0, 1, 0] == [one["lost"] for one in (soon, later, mended)]


async def test_it_is_counted_again_when_there_is_something_new_and_only_then(shore, monkeypatch):
    counted, totals = [], Manifest.totals
    monkeypatch.setattr(Manifest, "totals", lambda book: counted.append(1) or totals(book))
    desk = LakeDesk(shore.lake, ask=somebody, clock=CLOCK)
    first = [(await desk.described())["events"] for _ in range(3)]
    await shore.append(record(3), record(4))
    await shore.write()
    then = [(await desk.described())["events"] for _ in range(3)]

    assert ([2, 2, 2], [4, 4, 4], 2) == (first, then, len(counted))


async def test_another_manifest_in_its_place_is_opened_and_one_that_comes_later(shore, tmp_path):
    desk, late = (LakeDesk(folder, ask=somebody, clock=CLOCK) for folder in (shore.lake, tmp_path / "late"))
    before = (await desk.described())["events"], (await late.described())["events"]
    other = Shore(tmp_path / "other")
    await other.append(*(record(number) for number in range(10)))
    await other.write()
    shutil.rmtree(shore.lake)
    shutil.copytree(other.lake, shore.lake)
    shutil.copytree(other.lake, tmp_path / "late")
    after = (await desk.described())["events"], (await late.described())["events"]

    assert ((2, 0), (10, 10)) == (before, after)


async def test_a_damaged_manifest_is_said_each_time_until_it_is_mended(shore):
    desk = LakeDesk(shore.lake, ask=somebody, clock=CLOCK)
    path = shore.lake / manifest.NAME
    whole = path.read_bytes()
    path.write_bytes(b"this is no database" * 100)
    for _ in range(2):
        with pytest.raises(sqlite3.DatabaseError):
            await desk.described()
    path.write_bytes(whole)

    assert 2 == (await desk.described())["events"]


async def test_where_nobody_writes_it_what_there_is_is_told_and_why_no_more(shore):
    shown = await LakeDesk(shore.lake, ask=nobody, clock=CLOCK).described()

    assert ("unknown", "Nobody writes it here.", 2, None) == (
        shown["state"],
        shown["reason"],
        shown["events"],
        shown["lag"],
    )


async def test_a_lake_that_nobody_has_written_yet_is_empty(tmp_path):
    shown = await LakeDesk(tmp_path / "lake", ask=somebody, clock=CLOCK).described()

    assert (0, 5, 0) == (shown["cursor"], shown["lag"], shown["events"])
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (manifest.SUMS, "COVERING INDEX files_summed"),
        (manifest.TABLES, "COVERING INDEX files_of"),
        (manifest.WAITING_SOURCES, "INDEX files_waiting"),
    ],
    ids=["sums", "tables", "waiting"],
)
def test_the_lake_in_numbers_is_read_from_indexes(tmp_path, statement, index):
    connection = manifest_tables.open_for_writing(tmp_path / "lake.db")
    plan = str(connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall())
    connection.close()

    assert f"SEARCH files USING {index} (state=?" in plan
