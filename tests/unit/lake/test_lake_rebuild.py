"""The tables made anew from the archive are the tables that were there; a manifest that is gone comes back so, too."""

import pytest
from writing_stage import DAY_MS, START_MS, Shore, record

from headwater.lake.manifest import PARQUET

MESSY = [
    record(1, properties={"size": 5, "when": "2026-11-29T10:00:00Z", "list": [1, {"a": 2}]}),
    record(2, type="identify", traits={"email": "ada@example.com", "age": 36, "address": {"street": "A"}}),
    record(3, properties={"size": "XL", "when": "soon", "big": 2**70, "": 1}),
    record(4, event="../x", at_ms=START_MS + DAY_MS, properties={"id": "mine", "size": None}),
    record(5, type="page", source="src_app", name="Home", properties={"path": "/"}),
    record(6, event="Users", properties={"ünïcode": "\u0000"}, at_ms=START_MS - DAY_MS),
    record(7, type="alias", previousId="anna"),
]


@pytest.fixture
async def shore(tmp_path):
    """A lake that was written in three flushes, some of it merged."""
    shore = Shore(tmp_path, files_per_merge=2)
    for some in (MESSY[:3], MESSY[3:5], MESSY[5:]):
        await shore.append(*some)
        await shore.write()
    return shore


async def test_a_rebuild_makes_the_same_tables_with_the_same_rows_and_types(shore):
    before, files = shore.tables(), {one.path for one in shore.snapshot().files if one.kind == PARQUET}
    report = await shore.write(rebuild=True)

    assert len(MESSY) == report.rebuilt
    assert before == shore.tables()
    assert not files & {one.path for one in shore.snapshot().files}  # they are other files


async def test_a_rebuild_brings_back_what_was_lost_and_what_was_damaged(shore):
    before = shore.tables()
    lost, damaged, *_ = [one.path for one in shore.snapshot().files if one.kind == PARQUET]
    (shore.lake / lost).unlink()
    (shore.lake / damaged).write_bytes(b"?")
    await shore.write(rebuild=True)

    assert before == shore.tables()


async def test_a_rebuild_of_one_source_leaves_the_others_files_alone(shore):
    before, others = shore.tables(), shore.files("tracks")
    report = await shore.write(rebuild=True, source="src_app")

    assert 1 == report.rebuilt
    assert before == shore.tables()
    assert others == shore.files("tracks")


async def test_ids_are_known_after_a_rebuild_of_one_source_and_of_all(shore):
    for source in ("src_web", None):
        await shore.write(rebuild=True, source=source)
        later = START_MS + 9 * DAY_MS
        await shore.append(record(1, at_ms=later), dedupe_window_ms=1, at_ms=later)
        assert 0 == (await shore.write()).events


async def test_a_rebuild_that_fails_leaves_the_tables_as_they_were(shore):
    before = shore.tables()
    *_, damaged = [one.path for one in shore.snapshot().files if one.kind == "archive"]
    (shore.lake / damaged).write_bytes(b"no archive")
    report = await shore.write_report(rebuild=True)

    assert "zstd" in report.reason.lower()
    assert before == shore.tables()
    assert [] == list((shore.lake / "new").iterdir())


async def test_without_its_manifest_the_lake_is_left_alone_until_it_is_rebuilt(shore):
    before, on_disk = shore.tables(), shore.stored_files()
    for name in ("lake.db", "lake.db-wal", "lake.db-shm"):
        (shore.lake / name).unlink(missing_ok=True)
    refused = await shore.write_report()

    assert "headwater rebuild lake" in refused.reason
    assert on_disk == shore.stored_files()
    assert len(MESSY) == (await shore.write(rebuild=True)).rebuilt
    assert before == shore.tables()
    assert [one.message_id for one in MESSY if one.source == "src_web"] == shore.archived()


async def test_a_rebuild_larger_than_memory_may_hold_makes_the_same_tables(tmp_path):
    shore = Shore(tmp_path, events_per_flush=2, records_per_read=1, files_per_merge=99)
    await shore.append(*MESSY)
    await shore.write()
    before = shore.tables()
    await shore.write(rebuild=True)

    assert before == shore.tables()


async def test_a_lake_with_nothing_in_it_is_rebuilt_into_nothing(tmp_path):
    assert 0 == (await Shore(tmp_path).write(rebuild=True)).rebuilt
