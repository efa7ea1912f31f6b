"""`tracks` has every track call once, whether it was gathered or is read from where its event is."""

import sqlite3

import pytest
from writing_stage import DAY_MS, START_MS, Shore, record

from headwater.lake import gathering
from headwater.lake.erasures import Erasure
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import LakeFile


@pytest.fixture
def shore(tmp_path):
    return Shore(tmp_path, most_waiting=2)


def gathered(shore):
    """Return the rows of each file of `tracks` itself, and which tables have files that wait."""
    files = shore.snapshot().files
    return [one.rows for one in files if one.table == "tracks"], {one.table for one in files if one.is_waiting}


def file(number, *, day="2026-11-29", is_waiting=True, bytes=10):  # noqa: A002  the manifest's word
    return LakeFile(
        path=f"data/{number}",
        source="src_web",
        table="one",
        day=day,
        kind="parquet",
        first_offset=number,
        last_offset=number,
        rows=1,
        bytes=bytes,
        is_waiting=is_waiting,
    )


def due(*files, **limits):
    return [[one.first_offset for one in group] for group in gathering.due(files, limits=WriteLimits(**limits))]


async def test_a_track_call_is_written_once_until_many_files_wait(shore):
    await shore.append(record(1), record(2, event="Two", properties={"total": 5}), record(3, type="page"))
    await shore.write()
    assert (([], {"order_completed", "two"}), ["m1", "m2"]) == (gathered(shore), shore.ids())

    await shore.append(record(4, event="Four"))
    await shore.write()
    assert (([3], set()), ["m1", "m2", "m4"]) == (gathered(shore), shore.ids())
    assert [("m2", 5)] == shore.rows("two", "id", "total")


async def test_a_day_that_is_over_is_gathered_and_what_comes_late_to_it_too(shore):
    await shore.append(record(1), record(2, at_ms=START_MS + DAY_MS))
    await shore.write()
    assert ([1], {"order_completed"}) == gathered(shore)

    await shore.append(record(3))
    await shore.write()
    assert ["m1", "m2", "m3"] == shore.ids() == shore.ids("order_completed")
    assert ([2], {"order_completed"}) == gathered(shore)


async def test_a_run_gathers_so_many_at_most_so_that_the_next_flush_waits_for_no_more(tmp_path):
    shore = Shore(tmp_path, merges_per_run=1)
    await shore.append(*(record(number, at_ms=START_MS + number * DAY_MS) for number in range(1, 4)))
    await shore.write()
    assert ([1], {"order_completed"}) == gathered(shore)
    await shore.append(record(4, at_ms=START_MS + 3 * DAY_MS))
    await shore.write()

    assert ([1, 1], {"order_completed"}) == gathered(shore)
    assert ["m1", "m2", "m3", "m4"] == shore.ids()


async def test_what_was_gathered_and_what_waits_is_never_merged_into_one_file(tmp_path):
    shore = Shore(tmp_path, most_waiting=2, files_per_merge=2)
    for number in range(1, 8):
        await shore.append(record(number, event=f"Event {number % 2}"))
        await shore.write()

        assert [f"m{one}" for one in range(1, number + 1)] == shore.ids()


async def test_tracks_has_nothing_of_properties_and_what_else_found_no_column(shore):
    odd = {"sentAt": "yesterday", "properties": {"id": "x", "total": 1}}
    await shore.append(record(1, **odd), record(2, event="Two"), record(3, event="Three"))
    await shore.write()

    assert ([3], set()) == gathered(shore)
    (path,) = shore.files("tracks")
    assert "total" not in {one.column for one in shore.snapshot().columns if one.table == "tracks"}
    assert [('{"sentAt": "yesterday"}',), (None,), (None,)] == [
        (one and one.replace('":"', '": "'),) for (one,) in shore.rows("tracks", "_more")
    ]
    assert path.endswith(".parquet")


@pytest.mark.parametrize(
    ("first", "then", "found"),
    [
        (1, 1.5, [1.0, 1.5, None]),
        (1, "x", ["1", "x", None]),
        ("2026-11-29T10:00:00Z", "x", ["2026-11-29T10:00:00.000Z", "x", None]),
    ],
)
async def test_a_type_that_grew_is_in_tracks_as_it_is_now_with_every_value(shore, first, then, found):
    await shore.append(record(1, context={"a": first}))
    await shore.write()
    await shore.append(record(2, event="Two", context={"a": then}), record(3, event="Three"))
    await shore.write()

    assert ([3], set()) == gathered(shore)
    assert found == [value for (value,) in shore.rows("tracks", "context_a")]


async def test_somebody_who_is_erased_is_in_neither(shore):
    await shore.append(record(1), record(2, event="Two"), record(3, event="Three"))
    await shore.write()
    await shore.append(record(4))
    await shore.write(erasures=(Erasure(id="e1", user_id="ada", up_to=3),))

    assert ["m4"] == shore.ids()


async def test_a_rebuild_gathers_anew_and_doubles_nothing(shore):
    await shore.append(record(1), record(2, event="Two"), record(3, event="Three"))
    await shore.write()
    await shore.append(record(4))
    await shore.write()
    before = shore.ids()
    await shore.write(rebuild=True)

    assert ["m1", "m2", "m3", "m4"] == before == shore.ids()


async def test_an_id_that_is_in_a_file_that_waits_is_known(shore):
    await shore.append(record(1), record(2, event="Two"))
    await shore.write()
    later = START_MS + 2 * DAY_MS
    await shore.append(record(1, at_ms=later), record(2, at_ms=later), at_ms=later)

    assert 0 == (await shore.write()).events


async def test_a_file_that_was_taken_away_waits_on_and_holds_up_nobody(shore):
    await shore.append(record(1), record(2, event="Two"))
    await shore.write()
    (lost,) = shore.files("two")
    (shore.lake / lost).unlink()
    await shore.append(record(3, event="Three"), record(4, event="Four"))
    await shore.write()

    assert ([3], {"two"}) == gathered(shore)
    assert lost in shore.files("tracks")  # still missed: whoever asks is told


async def test_a_lake_of_an_earlier_release_has_all_its_tracks(shore):
    await shore.append(record(1), record(2, event="Two"), record(3, event="Three"))
    await shore.write()
    with sqlite3.connect(shore.lake / "lake.db") as book:
        book.execute("DROP INDEX files_waiting")
        book.execute("ALTER TABLE files DROP COLUMN is_waiting")
    book.close()

    assert (([3], set()), ["m1", "m2", "m3"]) == (gathered(shore), shore.ids())
    await shore.append(record(4))
    await shore.write()
    assert (([3], {"order_completed"}), ["m1", "m2", "m3", "m4"]) == (gathered(shore), shore.ids())


def test_files_of_a_day_that_is_over_are_due_and_of_one_that_is_not_if_there_are_too_many():
    over = "2026-11-28"
    assert [[1]] == due(file(1, day=over), file(2), file(3), most_waiting=2)
    assert [[1, 2, 3]] == due(file(1), file(2), file(3), most_waiting=2)
    assert [] == due(file(1), file(2), file(3, is_waiting=False), most_waiting=2)
    assert [[1, 2], [3]] == due(*(file(n, day=over) for n in (1, 2, 3)), file(4), largest_merged_bytes=20)
