"""Small files become large ones, and nobody who began with the small ones notices."""

import pytest
from writing_stage import DAY_MS, MINUTE_MS, START_MS, Shore, record

from headwater.lake import archive_lines, merging
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import ARCHIVE, LakeFile


@pytest.fixture
def shore(tmp_path):
    return Shore(tmp_path, files_per_merge=3)


async def written(shore, *numbers, **changes):
    for number in numbers:
        await shore.append(record(number, **changes))
        await shore.write()


def file(number, *, bytes=10, day="2026-11-29", generation=0):  # noqa: A002  the manifest's word
    return LakeFile(
        path=f"data/{number}",
        source="src_web",
        table="tracks",
        day=day,
        kind="parquet",
        first_offset=number,
        last_offset=number,
        rows=1,
        bytes=bytes,
        generation=generation,
    )


def groups(files, **limits):
    return [[one.first_offset for one in group] for group in merging.due(files, limits=WriteLimits(**limits))]


async def test_so_many_small_files_become_one_with_the_same_rows_and_lines(shore):
    await written(shore, 1, 2, 3)

    assert 1 == len(shore.files("tracks"))
    assert ["m1", "m2", "m3"] == shore.ids()
    (archive,) = shore.files("", kind=ARCHIVE)
    assert [1, 2, 3] == [one.offset for one in archive_lines.read(shore.lake / archive)]
    (whole,) = [one for one in shore.snapshot().files if one.table == "order_completed"]
    assert (1, 3, 3, 1) == (whole.first_offset, whole.last_offset, whole.rows, whole.generation)


async def test_files_that_were_replaced_stay_for_queries_that_began_before_and_then_go(shore):
    await written(shore, 1, 2)
    before = shore.files("tracks")
    await written(shore, 3)
    assert [] == [path for path in before if path not in {str(shore.lake / one) for one in shore.on_disk()}]

    shore.now_ms += shore.limits.grace_ms - MINUTE_MS
    await shore.write()
    assert {str(shore.lake / one) for one in shore.on_disk()} >= set(before)
    shore.now_ms += 2 * MINUTE_MS
    await shore.write()
    assert not {str(shore.lake / one) for one in shore.on_disk()} & set(before)
    assert ["m1", "m2", "m3"] == shore.ids()


async def test_known_ids_are_still_known_after_their_runs_were_merged(shore):
    await written(shore, 1, 2, 3)
    later = START_MS + 2 * DAY_MS
    await shore.append(*(record(number, at_ms=later) for number in (1, 2, 3)), at_ms=later)
    report = await shore.write()

    assert (6, 0) == (report.cursor, report.events)


async def test_types_that_changed_between_the_files_keep_every_value(shore):
    await written(shore, 1, properties={"a": 5, "b": True, "c": "2026-11-29T10:00:00Z", "d": 1.5})
    await written(shore, 2, properties={"e": 1})
    await written(shore, 3, properties={"a": "x", "b": "x", "c": "x", "d": "x"})

    assert 1 == len(shore.files("order_completed"))
    found = shore.rows("order_completed", "a", "b", "c", "d", "e")
    assert [("5", "true", "2026-11-29T10:00:00.000Z", "1.5", None), (None,) * 4 + (1,), ("x",) * 4 + (None,)] == found


async def test_a_file_that_was_taken_away_stops_no_merge_of_the_others(shore):
    await written(shore, 1, 2)
    lost, _ = shore.files("tracks")
    (shore.lake / lost).unlink()
    await written(shore, 3, 4)

    assert lost in shore.files("tracks")  # still missed: whoever asks is told
    assert 2 == len(shore.files("tracks"))


async def test_a_damaged_file_stops_its_own_table_s_merges_and_says_so(shore):
    for number in (1, 2):
        await shore.append(record(number), record(10 + number, type="page"))
        await shore.write()
    (shore.lake / shore.files("order_completed")[0]).write_bytes(b"nothing of Parquet")
    await shore.append(record(3), record(13, type="page"))
    report = await shore.write_report()

    assert (None, 6) == (report.reason, report.cursor)
    assert "arquet" in report.merge_failed
    assert (3, 1) == (len(shore.files("order_completed")), len(shore.files("pages")))


def test_files_of_one_size_are_merged_when_there_are_enough_and_large_ones_never():
    assert [] == groups([file(1), file(2)], files_per_merge=3)
    assert [[1, 2, 3]] == groups([file(1), file(2), file(3)], files_per_merge=3)
    assert [] == groups([file(1), file(2), file(3, generation=1)], files_per_merge=3)
    assert [] == groups([file(n, bytes=100) for n in range(9)], files_per_merge=3, largest_merged_bytes=100)


def test_a_day_that_is_over_gets_as_few_files_as_may_be():
    over = [file(1, day="2026-11-28", generation=2), file(2, day="2026-11-28")]
    assert [[1, 2]] == groups([*over, file(3)], files_per_merge=3)
    assert [[1, 2]] == groups([*over, file(3, day="2026-11-28"), file(4)], files_per_merge=3, largest_merged_bytes=20)
