"""From a log by the lake to a warehouse: real files, a real PostgreSQL, and whatever may go wrong between."""

import asyncio
import shutil
import sys
from pathlib import Path

import msgspec
import pytest
from warehouse_stage import Quay
from writing_stage import MINUTE_MS, record

from headwater.core.clock import SystemClock
from headwater.lake.warehouses import kinds, lake_tables
from headwater.lake.warehouses.lake_rows import LakeRows
from headwater.lake.warehouses.sync_limits import SyncLimits
from headwater.lake.warehouses.sync_words import LOADED, REFUSED, UP_TO_DATE, Word
from headwater.lake.warehouses.table_sync import PUT_BACK, TableSync
from headwater.lake.warehouses.warehouse import WarehouseDownError
from headwater.net.addresses import AddressPolicy


@pytest.fixture
def quay(tmp_path, settings):
    return Quay(tmp_path, settings)


def identify(number, user="ada", **traits):
    return record(number, type="identify", userId=user, traits=traits)


async def test_every_table_of_segments_layout_arrives(quay, connection, kept):
    await quay.add(
        record(1, properties={"total": 19.5, "deep": {"note": "it's brass"}}, context={"ip": "203.0.113.7"}),
        identify(2, name="Ada"),
        record(3, type="page", name="Home"),
        record(4, type="group", groupId="g1", traits={"plan": "pro"}),
        record(5, type="alias", previousId="anna"),
    )
    last, tables = await quay.sync()

    assert "" == last.reason
    assert {} == {name: one.reason for name, one in tables.items() if one.state != LOADED}
    assert [("m1", "ada", 19.5, "it's brass", "203.0.113.7")] == await kept(
        "order_completed", "id", "user_id", "total", "deep_note", "context_ip"
    )
    assert [("m1", "Order Completed")] == await kept("tracks", "id", "event_text")
    assert [("ada", "Ada")] == await kept("users", "id", "name")
    assert [("g1", "pro")] == await kept("accounts", "id", "plan")
    assert [("m3", "Home")] == await kept("pages", "id", "name")
    assert [("m5", "anna")] == await kept("aliases", "id", "previous_id")
    assert {"id", "user_id", "received_at", "name"}.isdisjoint({"_offset"} & _columns(connection, "identifies"))
    assert {"anonymous_id", "user_id", "_offset"}.isdisjoint(_columns(connection, "users"))


async def test_a_second_sync_brings_only_what_is_new(quay, kept):
    await quay.add(record(1))
    await quay.sync()
    unchanged, tables = await quay.sync()
    assert 0 == unchanged.rows
    assert {UP_TO_DATE} == {one.state for one in tables.values()}

    await quay.add(record(2))
    last, _ = await quay.sync()
    assert 2 == last.rows  # of its table, and of tracks
    assert [("m1",), ("m2",)] == await kept("tracks", "id")


async def test_stretches_end_where_they_are_full_and_miss_nothing_between_them(quay, kept):
    await quay.add(*(record(number) for number in range(25)))
    last, _ = await quay.sync(limits=SyncLimits(rows_per_load=10, threads=1))

    assert 50 == last.rows
    assert 25 == len(await kept("order_completed", "id"))


async def test_users_have_the_newest_value_of_each_trait_over_syncs_and_stretches(quay, kept):
    await quay.add(identify(1, name="Ada", plan="free"), identify(2, "bob", plan="free"), identify(3, plan="pro"))
    await quay.sync(limits=SyncLimits(rows_per_load=2, threads=1))
    await quay.add(identify(4, "bob", name="Bob"))
    await quay.sync()

    assert [("ada", "Ada", "pro"), ("bob", "Bob", "free")] == await kept("users", "id", "name", "plan")


async def test_merged_files_are_not_loaded_again(quay, kept):
    for number in range(9):
        await quay.add(record(number))
        if number == 4:
            await quay.sync()
    await _merged(quay)
    await quay.sync()

    assert 9 == len(await kept("tracks", "id"))


async def test_a_type_that_changes_keeps_every_value_as_it_was_sent(quay, kept):
    await quay.add(
        record(1, properties={"size": 5, "at": "2026-11-29T12:00:00Z"}), record(2, properties={"size": True})
    )
    await quay.sync()
    await quay.add(record(3, properties={"size": "large", "at": "soon", "colour": "red"}))
    _, tables = await quay.sync()

    found = await kept("order_completed", "id", "size", "colour")
    assert [("m1", "5", None), ("m2", "true", None), ("m3", "large", "red")] == found
    assert [("m1", "2026-11-29T12:00:00"), ("m2", None), ("m3", "soon")] == [
        (id_, at and at[:19]) for id_, at in await kept("order_completed", "id", "at")
    ]
    assert {"at", "colour"} == {one.partition(":")[0] for one in tables["order_completed"].changes}


async def test_hostile_values_arrive_as_they_are(quay, kept):
    odd = "\n\\.\n\"',;\t\r\x1b \\N NULL \u2028 🌊"
    await quay.add(record(1, properties={"text": odd, "big": 2**63 - 1, "huge": 2**70, "list": [1, {"a": None}]}))
    await quay.add(record(2, properties={"text": "a\x00b", "empty": ""}))
    last, _ = await quay.sync()

    (first, second) = await kept("order_completed", "text", "big", "huge", "list", "empty")
    assert (odd, 2**63 - 1, str(2**70), '[1,{"a":null}]', None) == first
    assert ("ab", "") == (second[0], second[4])
    assert ["1 NUL letters"] == [note[:13] for note in last.notes]


async def test_what_is_excluded_stays_out(quay, connection, kept):
    await quay.add(record(1, properties={"card": "4111", "total": 5}), identify(2, email="ada@example.com", name="Ada"))
    await quay.sync(exclude=("web.tracks", "*.order_completed.card", "web.users.email"))

    assert {"id", "total"} <= _columns(connection, "order_completed")
    assert "card" not in _columns(connection, "order_completed")
    assert set() == _columns(connection, "tracks")
    assert "email" not in _columns(connection, "users")
    assert [("ada@example.com",)] == await kept("identifies", "email")


async def test_sources_that_are_not_named_stay_out(quay, connection):
    await quay.add(record(1), record(2, source="src_app"))
    await quay.sync()
    schemas = connection.execute("SELECT DISTINCT table_schema FROM information_schema.tables").fetchall()

    assert {("web",)} == {one for one in schemas if one[0] not in ("pg_catalog", "information_schema")}


async def test_a_table_that_is_refused_says_why_and_stops_no_other(quay, connection, kept):
    connection.execute("CREATE SCHEMA web; CREATE TABLE web.order_completed (id text PRIMARY KEY, total integer)")
    await quay.add(record(1, properties={"total": "a secret"}), record(2, event="Zoo Visited"))
    last, tables = await quay.sync()

    assert "" == last.reason
    assert REFUSED == tables["order_completed"].state
    assert "total" in tables["order_completed"].reason
    assert "secret" not in tables["order_completed"].reason
    assert [("m2",)] == await kept("zoo_visited", "id")

    connection.execute("ALTER TABLE web.order_completed ALTER COLUMN total TYPE text")
    await quay.sync()
    assert [("m1", "a secret")] == await kept("order_completed", "id", "total")


async def test_a_lost_file_of_the_lake_is_said_and_stops_no_other_table(quay, kept):
    await quay.add(record(1), record(2, event="Zoo Visited"))
    Path(quay.files("order_completed")[0]).unlink()  # noqa: ASYNC240
    _, tables = await quay.sync()

    assert REFUSED == tables["order_completed"].state
    assert "headwater rebuild lake" in tables["order_completed"].reason
    assert [("m2",)] == await kept("zoo_visited", "id")


async def test_files_that_were_merged_and_removed_during_a_sync_cost_nothing(quay, settings, kept, tmp_path):
    for number in range(7):
        await quay.add(record(number))
    before = lake_tables.tables(quay.snapshot(), "src_web")
    await quay.add(record(7))
    await _merged(quay)
    after = lake_tables.tables(quay.snapshot(), "src_web")
    stale, fresh = (next(one for one in found if one.name == "tracks") for found in (before, after))
    assert stale.files != fresh.files
    assert not any((quay.lake / file.path).exists() for file in stale.files)
    warehouse = kinds.warehouse("postgres", settings, policy=AddressPolicy(allow_private=True), clock=SystemClock())
    rows = LakeRows(quay.lake, scratch=tmp_path, limits=SyncLimits(threads=1))
    table = TableSync(
        warehouse,
        rows,
        stale,
        source="src_web",
        schema="web",
        columns=stale.columns,
        on_rows=lambda _: None,
        again=lambda: fresh,
    )
    report = await table.run(None, up_to=8)
    await warehouse.close()
    rows.close()

    assert (LOADED, 8) == (report.state, report.rows)
    assert 8 == len(await kept("tracks", "id"))


async def _merged(quay):
    """Merge what there is, and remove what was replaced."""
    await quay.write()
    quay.now_ms += 60 * MINUTE_MS
    await quay.write()


async def test_a_warehouse_that_is_down_ends_the_sync_with_where_it_was(quay):
    await quay.add(record(1))
    last, tables = await quay.sync(settings={**quay.settings, "url": "postgresql://ada@127.0.0.1:9/none"})

    assert "127.0.0.1:9" in last.reason
    assert {} == tables


async def test_a_lake_that_was_put_back_is_loaded_again_without_doubles(quay, tmp_path, kept):
    await quay.add(record(1), record(2))
    shutil.copytree(quay.lake, tmp_path / "backup")
    shutil.copytree(quay.log, tmp_path / "log-backup")
    await quay.add(record(3), record(4))
    await quay.sync()
    for there, saved in ((quay.lake, "backup"), (quay.log, "log-backup")):
        shutil.rmtree(there)
        shutil.copytree(tmp_path / saved, there)
    await quay.add(*(record(number) for number in (5, 6, 7)))
    _, tables = await quay.sync()

    assert PUT_BACK in tables["tracks"].changes
    assert [(f"m{number}",) for number in range(1, 8)] == await kept("tracks", "id")

    await quay.add(record(8))
    last, _ = await quay.sync()
    assert 2 == last.rows


async def test_marks_that_were_lost_cost_time_and_no_doubles(quay, connection, kept):
    await quay.add(record(1), record(2))
    await quay.sync()
    connection.execute("DROP TABLE web._headwater_syncs")
    await quay.add(record(3))
    await quay.sync()

    assert [("m1",), ("m2",), ("m3",)] == await kept("tracks", "id")


@pytest.mark.parametrize("after_words", [1, 3])
async def test_a_sync_that_is_killed_goes_on_where_the_warehouse_is(quay, kept, after_words):
    await quay.add(*(record(number) for number in range(40)))
    orders = quay.orders_of_sync(limits=SyncLimits(rows_per_load=10, threads=1))
    process = await _started(orders)
    for _ in range(after_words):
        await process.stdout.readline()
    process.kill()
    await process.wait()
    await quay.sync()

    assert 40 == len(await kept("tracks", "id"))
    assert 40 == len(await kept("order_completed", "id"))


async def test_a_sync_ends_with_whoever_started_it(quay, connection):
    await quay.add(record(1))
    await quay.sync()
    await quay.add(record(2))
    with connection.transaction():
        connection.execute("LOCK TABLE web.tracks IN ACCESS EXCLUSIVE MODE")
        process = await _started(quay.orders_of_sync())
        await process.stdout.readline()
        process.stdin.close()

        assert 1 == await asyncio.wait_for(process.wait(), 30)


async def test_the_process_says_a_word_a_line_and_no_secret(quay, kept):
    await quay.add(record(1))
    process = await _started(quay.orders_of_sync())
    said = await process.stdout.read()
    process.stdin.close()
    await process.wait()
    words = [msgspec.json.decode(line, type=Word) for line in said.splitlines()]

    assert words[-1].is_end
    assert (2, 2) == (words[-1].rows, words[-1].tables_done)
    assert quay.settings["password"].encode() not in said


def test_a_kind_without_its_driver_says_how_to_install_it(monkeypatch, settings):
    monkeypatch.setitem(sys.modules, "headwater.lake.warehouses.postgres", None)
    with pytest.raises(WarehouseDownError, match=r"headwater\[postgres\]"):
        kinds.warehouse("postgres", settings, policy=None, clock=None)


async def _started(orders):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "headwater.lake.warehouses.syncing",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    process.stdin.write(msgspec.json.encode(orders) + b"\n")
    await process.stdin.drain()
    return process


def _columns(connection, table):
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'web' AND table_name = %s"
    return {name for (name,) in connection.execute(query, [table]).fetchall()}
