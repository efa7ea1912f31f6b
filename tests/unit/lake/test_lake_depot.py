"""A lake at home on S3: what it takes to be valid there, who may write it, and what is at hand of it here."""

import os
import shutil

import msgspec
import pytest
from s3_stage import S3, FarShore
from writing_stage import Shore, record

from headwater.backup import moment
from headwater.core.clock import SystemClock
from headwater.lake.depot.cache import KEPT_MS, Cache
from headwater.lake.depot.depot_errors import CacheTooSmallError, DepotLostError
from headwater.lake.depot.objects import Objects
from headwater.lake.manifest import PARQUET
from headwater.lake.sql.orders import Schema
from headwater.lake.sql.queries import Queries
from headwater.lake.sql.query_limits import QueryLimits
from headwater.store.folder import DataFolder
from headwater.wiring.querying import fetched as fetching


@pytest.fixture(scope="module")
def s3():
    server = S3()
    yield server
    server.stop()


@pytest.fixture
def bucket(request):
    return request.node.name.replace("_", "-")[:60].rstrip("-")


@pytest.fixture
def shore(s3, tmp_path, bucket):
    return FarShore(tmp_path / "one", s3.place(bucket))


def valid(shore):
    return {file.path for file in shore.snapshot().files} | shore.of_ids()


def fetched(shore, *, now_ms=None):
    paths = [file.path for file in shore.snapshot().files if file.kind == PARQUET]
    Cache(shore.lake, shore.place).fetch(paths, now_ms=shore.now_ms if now_ms is None else now_ms)


async def test_what_is_valid_is_in_the_depot_and_nothing_else_is(shore):
    await shore.append(record(1), record(2))
    await shore.write()

    assert valid(shore) == shore.stored_there()
    assert len([path for path in shore.objects() if path.startswith("manifests/")]) == 1


async def test_a_folder_that_was_lost_comes_back_from_the_url_alone(s3, tmp_path, bucket, shore):
    await shore.append(record(1), record(2))
    await shore.write()
    shutil.rmtree(shore.lake)

    await shore.append(record(3))
    await shore.write()
    fetched(shore)

    assert ["m1", "m2", "m3"] == shore.ids()


async def test_an_id_that_only_the_depot_has_is_not_taken_twice(shore):
    await shore.append(record(1), record(2))
    await shore.write()
    shutil.rmtree(shore.lake)
    await shore.append(record(1), dedupe_window_ms=0)

    await shore.write()
    fetched(shore)

    assert ["m1", "m2"] == shore.ids()


async def test_a_lake_of_before_is_brought_to_the_depot(shore):
    near = Shore(shore.lake.parent)
    await near.append(record(1))
    await near.write()
    shore.head = near.head

    await shore.write()

    assert valid(shore) == shore.stored_there()


async def test_merges_of_files_that_are_not_here_make_one_of_them_there(s3, tmp_path, bucket):
    shore = FarShore(tmp_path / "one", s3.place(bucket), files_per_merge=3, grace_ms=0)
    for number in range(3):
        await shore.append(record(number))
        if number == 2:
            for path in valid(shore):
                (shore.lake / path).unlink()
        await shore.write()
    shore.now_ms += 1
    await shore.write()
    fetched(shore)

    assert len(shore.files("tracks")) == 1
    assert ["m0", "m1", "m2"] == shore.ids()
    assert valid(shore) == shore.stored_there()


async def test_a_rebuild_reads_the_archive_from_the_depot(shore):
    await shore.append(record(1), record(2))
    await shore.write()
    for path in valid(shore):
        (shore.lake / path).unlink()

    report = await shore.write(rebuild=True)

    assert report.rebuilt == 2
    assert ["m1", "m2"] == shore.ids()


async def test_leftovers_in_the_depot_are_swept(shore):
    await shore.append(record(1))
    await shore.write()
    left = shore.lake / "left"
    left.write_bytes(b"half")
    Objects(shore.place).put("data/src_web/tracks/day=2026-11-29/1-1-99.parquet", left)

    await shore.write()

    assert valid(shore) == shore.stored_there()


async def test_two_servers_on_one_prefix_are_noticed_by_the_first(s3, tmp_path, bucket, shore):
    await shore.append(record(1))
    await shore.write()
    other = FarShore(tmp_path / "two", s3.place(bucket))
    await other.append(record(2))
    await other.write()
    await shore.append(record(3))

    report = await shore.write_report()

    assert "taken over the lake" in report.reason
    assert shore.snapshot().cursor == 1


async def test_without_its_url_a_lake_is_not_begun_anew(shore):
    await shore.append(record(1))
    await shore.write()

    report = await shore.write_report(place=None)

    assert "HEADWATER_LAKE_URL" in report.reason


async def test_a_bucket_that_is_not_there_stops_the_lake_and_loses_nothing(shore):
    await shore.append(record(1))

    report = await shore.write_report(place=msgspec.structs.replace(shore.place, url="s3://nowhere/x"))

    assert "s3://nowhere/x" in report.reason
    assert "hidden" not in report.reason
    await shore.write()
    assert ["m1"] == shore.ids()


async def test_a_foreign_lake_is_not_taken_for_ones_own(s3, tmp_path, bucket, shore):
    await shore.append(record(1))
    await shore.write()
    near = Shore(tmp_path / "near")
    await near.append(record(7))
    await near.write()
    far = FarShore(tmp_path / "near", s3.place(bucket))
    far.head = near.head

    report = await far.write_report()

    assert "are two" in report.reason
    assert ["m7"] == near.ids()


async def test_what_was_not_wanted_for_long_makes_room(shore):
    await shore.append(record(1))
    await shore.write()
    small = Cache(shore.lake, msgspec.structs.replace(shore.place, cache_bytes=1))
    fetched(shore, now_ms=1)

    small.trim(now_ms=1 + KEPT_MS)

    assert small.held_bytes() > 1  # the archive was written a moment ago
    assert not any(path.startswith("data/") for path in shore.stored_files())


async def test_more_than_the_cache_may_keep_is_refused_with_what_to_do(shore):
    await shore.append(record(1))
    await shore.write()
    for path in valid(shore):
        (shore.lake / path).unlink()
    small = Cache(shore.lake, msgspec.structs.replace(shore.place, cache_bytes=1))

    with pytest.raises(CacheTooSmallError, match="HEADWATER_LAKE_CACHE"):
        small.fetch([file.path for file in shore.snapshot().files if file.kind == PARQUET], now_ms=shore.now_ms)


async def answered(shore, sql, *, place=None):
    limits = QueryLimits(seconds=20.0, memory_bytes=256 * 10**6)
    fetch = fetching(shore.lake, place or shore.place, clock=SystemClock())
    queries = Queries(shore.lake, shore.log, limits=limits, fetch=fetch)
    web = Schema(name="web", source_id="src_web")
    async with queries.ask(sql, schemas=[web], is_masked=False, format="json") as answer:
        return b"".join([piece async for piece in answer]).decode().split()


async def test_a_query_has_the_files_fetched_that_its_select_needs_and_no_others(shore):
    await shore.append(record(1), record(2, type="page"))
    await shore.write()
    for path in valid(shore):
        if path.startswith("data/"):
            (shore.lake / path).unlink()
    await shore.append(record(3))

    assert ['["m1"]', '["m3"]'] == await answered(shore, "SELECT id FROM web.tracks ORDER BY id")
    assert {"order_completed"} == {path.split("/")[2] for path in shore.stored_files() if path.startswith("data/")}


async def test_a_query_over_a_depot_that_is_away_says_so(shore):
    await shore.append(record(1))
    await shore.write()
    for path in valid(shore):
        (shore.lake / path).unlink()

    gone = msgspec.structs.replace(shore.place, url="s3://nowhere/x")
    with pytest.raises(DepotLostError, match="s3://nowhere/x"):
        await answered(shore, "SELECT id FROM web.tracks", place=gone)

    small = msgspec.structs.replace(shore.place, cache_bytes=1)
    with pytest.raises(CacheTooSmallError, match="HEADWATER_LAKE_CACHE"):
        await answered(shore, "SELECT id FROM web.tracks", place=small)


async def test_a_backup_has_the_manifest_and_leaves_the_files_where_they_are_at_home(shore):
    await shore.append(record(1))
    await shore.write()
    (shore.lake.parent / "core.db").touch()

    taken = moment.take(DataFolder(shore.lake.parent), known=set())
    paths = taken.lake_paths, [held.path for held in taken.databases]
    taken.close()

    assert () == paths[0]
    assert "lake/lake.db" in paths[1]


async def test_a_storage_that_is_away_is_said_and_waited_for(shore):
    await shore.append(record(1))
    nobody = {**shore.place.options, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

    report = await shore.write_report(place=msgspec.structs.replace(shore.place, options=nobody))

    assert "can't be reached" in report.reason
    assert "hidden" not in repr(shore.place) + report.reason
    await shore.write()
    assert ["m1"] == shore.ids()


async def test_what_the_depot_says_beyond_the_folder_is_believed_and_not_written_again(shore):
    await shore.append(record(1))
    await shore.write()
    before = shore.lake.with_name("before")
    shutil.copytree(shore.lake, before)
    await shore.append(record(2))
    await shore.write()
    shutil.rmtree(shore.lake)
    before.rename(shore.lake)  # as after a kill behind the pointer, before the end of the transaction here

    report = await shore.write()
    fetched(shore)

    assert (2, 0) == (report.cursor, report.events)
    assert ["m1", "m2"] == shore.ids()
    assert valid(shore) == shore.stored_there()


async def test_what_somebody_began_to_fetch_and_died_goes(shore):
    await shore.append(record(1))
    await shore.write()
    halves = shore.lake / "fetching"
    halves.mkdir()
    for name, at in (("old", 0), ("new", shore.now_ms // 1000)):
        (halves / name).touch()
        os.utime(halves / name, (at, at))

    await shore.write()

    assert ["new"] == [path.name for path in halves.iterdir()]
