"""From the log to files: every event once, where it belongs, typed as its columns are; the cursor behind them."""

import asyncio
import errno
import json
import random
import resource
import sys

import msgspec
import pytest
import zstandard
from writing_stage import DAY_MS, START_MS, Shore, record

from headwater.core.event import ACTION, ACTIONS_SOURCE, IDENTITY_SOURCE
from headwater.lake import archive_lines, table_maker
from headwater.lake.manifest import ARCHIVE


@pytest.fixture
def shore(tmp_path):
    return Shore(tmp_path)


async def test_every_event_is_in_its_tables_once_and_the_cursor_is_behind_them(shore):
    await shore.append(record(1, properties={"total": 5}), record(2, event="Cart Viewed"))
    report = await shore.write()

    assert (2, 2) == (report.cursor, report.events)
    assert ["m1", "m2"] == shore.ids()
    assert [("m1", 5)] == shore.rows("order_completed", "id", "total")
    assert ["m2"] == shore.ids("cart_viewed")


async def test_a_second_run_takes_only_what_is_new(shore):
    await shore.append(record(1))
    await shore.write()
    await shore.append(record(2))
    report = await shore.write()

    assert 1 == report.events
    assert ["m1", "m2"] == shore.ids()


async def test_each_source_and_each_day_has_files_of_its_own(shore):
    await shore.append(record(1), record(2, source="src_app"), record(3, at_ms=START_MS + DAY_MS))
    await shore.write()

    paths = {one.path.rsplit("/", 1)[0] for one in shore.snapshot().files if one.table != "tracks"}
    days = ("day=2026-11-29", "day=2026-11-30")
    assert {
        *(f"data/src_web/order_completed/{day}" for day in days),
        *(f"archive/src_web/{day}" for day in days),
        f"data/src_app/order_completed/{days[0]}",
        f"archive/src_app/{days[0]}",
    } == paths


async def test_a_stretch_larger_than_memory_may_hold_is_several_flushes(tmp_path):
    shore = Shore(tmp_path, events_per_flush=3, records_per_read=2, files_per_merge=100)
    await shore.append(*(record(number) for number in range(10)))
    await shore.write()

    assert [f"m{number}" for number in range(10)] == shore.ids()
    assert [3, 3, 3, 1] == [one.rows for one in shore.snapshot().files if one.table == "order_completed"]


async def test_a_column_whose_type_changes_between_two_flushes_keeps_every_value(shore):
    await shore.append(record(1, properties={"size": 5}))
    await shore.write()
    await shore.append(record(2, properties={"size": "XL"}))
    await shore.write()

    assert [("5",), ("XL",)] == shore.rows("order_completed", "size")
    (column,) = [one for one in shore.snapshot().columns if (one.table, one.column) == ("order_completed", "size")]
    assert "varchar" == column.type
    assert "integer" in column.note


async def test_queued_actions_stay_out_and_identity_s_own_events_come_in(shore):
    sealed = record(1, source=ACTIONS_SOURCE, type=ACTION)
    await shore.append(sealed, record(2, source=IDENTITY_SOURCE))
    report = await shore.write()

    assert (2, 1) == (report.cursor, report.events)
    assert {IDENTITY_SOURCE} == {one.source for one in shore.snapshot().files}


async def test_the_archive_has_what_the_log_had_byte_for_byte(shore):
    odd = record(2, properties={"text": "ß\u0000\n", "big": 2**70})
    await shore.append(record(1), odd)
    await shore.write()

    (path,) = shore.files("", kind=ARCHIVE)
    found = list(archive_lines.read(shore.lake / path))
    assert [(1, record(1)), (2, odd)] == [(one.offset, one.record) for one in found]


async def test_the_archive_is_lines_of_json_for_anybody_s_tools(shore):
    await shore.append(record(1, properties={"total": 5}))
    await shore.write()

    (path,) = shore.files("", kind=ARCHIVE)
    line = json.loads(zstandard.ZstdDecompressor().stream_reader((shore.lake / path).read_bytes()).read())
    assert ("src_web", START_MS, {"total": 5}) == (line["source"], line["received_at_ms"], line["event"]["properties"])


async def test_a_log_put_back_to_an_older_state_gives_its_offsets_again_and_what_comes_then_is_taken(tmp_path):
    shore = Shore(tmp_path)
    await shore.append(record(1), record(2), record(3))
    await shore.write()
    older = Shore(tmp_path)
    older.log = tmp_path / "older"
    older.log.mkdir()
    await older.append(record(1))
    await older.write()
    await older.append(record(4))
    await older.write()

    assert ["m1", "m2", "m3", "m4"] == sorted(older.ids())


async def test_what_the_log_has_forgotten_is_not_waited_for(shore):
    await shore.append(record(1))
    report = await shore.write(up_to=5)

    assert (5, 1) == (report.cursor, report.events)


def full_disk():
    """Let this process write little files only; a large one fails as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))


async def test_on_a_full_disk_it_says_why_leaves_nothing_behind_and_takes_all_when_there_is_room(shore):
    await shore.append(record(1))
    await shore.write()
    noise = random.Random(7)
    await shore.append(*(record(number, text=noise.randbytes(400).hex()) for number in range(2, 500)))
    before = shore.stored_files()
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "headwater.lake.writing",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=full_disk,
    )
    said, _ = await writer.communicate(msgspec.json.encode(shore.orders()))

    assert msgspec.json.decode(said)["reason"]
    assert (1, before) == (shore.snapshot().cursor, shore.stored_files())
    await shore.write()
    assert [f"m{number}" for number in range(1, 500)] == shore.ids()


async def test_what_could_not_be_synced_to_disk_is_not_valid(shore, monkeypatch):
    await shore.append(record(1))
    before = shore.stored_files()

    def broken_disk(path):
        raise OSError(errno.EIO, "the disk said no", str(path))

    monkeypatch.setattr(table_maker, "to_disk", broken_disk)
    report = await shore.write_report()

    assert "the disk said no" in report.reason
    assert (0, before) == (shore.snapshot().cursor, shore.stored_files())
    monkeypatch.undo()
    await shore.write()
    assert ["m1"] == shore.ids()


async def test_what_a_run_that_was_killed_has_left_is_removed_and_nothing_else(shore):
    await shore.append(record(1))
    await shore.write()
    before = shore.stored_files()
    left = [
        shore.lake / f"{folder}/2-9-77.{kind}"
        for folder, kind in (
            ("data/src_web/order_completed/day=2026-11-29", "parquet"),
            ("archive/src_web/day=2026-11-29", "ndjson.zst"),
            ("ids", "ids"),
            ("new", "parquet"),
        )
    ]
    for path in left:
        path.write_bytes(b"half")
    await shore.write()

    assert before == shore.stored_files()
