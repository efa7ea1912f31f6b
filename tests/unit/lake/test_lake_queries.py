"""Queries as they are run: fresh, over files and the log at once, within their limits, by turns."""

import asyncio
import csv
import io

import duckdb
import msgspec
import pytest
from query_stage import LIMITS, SHOP, START_MS, WEB, a_lake, event

from headwater.core.errors import BadRequestError
from headwater.lake.erasures import Erasure
from headwater.lake.sql.orders import Schema
from headwater.lake.sql.queries import Queries
from headwater.lake.sql.query_errors import (
    LakeFileError,
    NotConfinedError,
    QueriesBusyError,
    QueryFailedError,
    QueryLimitError,
    QueryRefusedError,
)

DAY_SECONDS = 86_400
ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(100000) b"


@pytest.fixture
async def lake(tmp_path):
    async with a_lake(tmp_path) as made:
        yield made


def order(number, **properties):
    return event(number, event="Order Completed", properties=properties)


async def test_an_event_is_there_at_once_and_once_before_and_after_it_is_in_a_file(lake):
    await lake.append(order(1, total=10), order(2, total=20))
    await lake.flush()
    await lake.append(order(3, total=30))

    both = await lake.rows("SELECT id, total FROM order_completed ORDER BY total")
    await lake.flush()

    assert [("m1", 10), ("m2", 20), ("m3", 30)] == both
    assert both == await lake.rows("SELECT id, total FROM order_completed ORDER BY total")


async def test_an_id_that_comes_again_past_the_logs_window_is_there_once_before_its_flush_and_after_it(lake):
    await lake.append(order(1, total=1), order(2, total=2))
    await lake.flush()
    lake.clock.advance(2 * DAY_SECONDS)
    await lake.append(order(3, total=3), event(1, event="Renamed"))
    lake.clock.advance(2 * DAY_SECONDS)
    await lake.append(order(3, total=33), event(4, source="src_shop", type="page"), event(2, source="src_shop"))

    tracks = "SELECT id FROM web.tracks ORDER BY id"
    before = await lake.rows(tracks)
    orders = await lake.rows("SELECT id, total FROM order_completed ORDER BY id")
    renamed = await lake.rows("SELECT id FROM renamed")
    elsewhere = await lake.rows("SELECT id FROM tracks", schemas=(SHOP,))
    await lake.flush()

    assert [("m1",), ("m2",), ("m3",)] == before == await lake.rows(tracks)
    assert [("m1", 1), ("m2", 2), ("m3", 3)] == orders
    assert [] == renamed  # an event of that id is in the files, of another name
    assert [("m2",)] == elsewhere  # ids are each source's own


async def test_a_lost_file_that_a_query_does_not_need_is_none_of_its_business_though_ids_are_looked_for_in_it(lake):
    await lake.append(order(1, total=1), event(5, type="identify", traits={"plan": "pro"}))
    await lake.flush()
    for file in (lake.lake / "data").rglob("tracks/**/*.parquet"):
        file.unlink()
    lake.clock.advance(2 * DAY_SECONDS)
    await lake.append(event(5, type="identify", traits={"plan": "free"}))

    assert [("m5", "pro")] == await lake.rows("SELECT id, plan FROM identifies")


async def test_nobody_sees_a_person_who_is_to_be_erased_neither_in_files_nor_in_the_log(lake):
    bob = {"user": "o'bob", "type": "identify", "traits": {"plan": "pro"}}
    await lake.append(order(1, total=1), event(2, **bob), event(3, type="alias", user="robert", previousId="o'bob"))
    await lake.flush()
    await lake.append(event(4, user="o'bob", event="Order Completed"), event(5, event="Order Completed"))
    lake.erasures = [Erasure(id="era_1", user_id="o'bob", up_to=lake.writer.newest_offset)]
    await lake.append(event(6, user="o'bob", event="Order Completed"))

    seen = [await lake.rows(f"SELECT id FROM {table} ORDER BY id") for table in ("tracks", "identifies", "aliases")]  # noqa: S608

    assert [[("m1",), ("m5",), ("m6",)], [], []] == seen  # who comes back is somebody again
    assert [] == await lake.rows("SELECT id FROM users")


async def test_a_column_that_widens_in_the_tail_keeps_what_files_have_of_it(lake):
    moment = "2026-11-23T12:00:00Z"
    await lake.append(order(1, total=10, due=moment, flag=True))
    await lake.flush()
    await lake.append(order(2, total="ten", due="tomorrow", flag=1))

    rows = await lake.rows("SELECT total, due, flag FROM order_completed ORDER BY _offset")

    assert [("10", "2026-11-23T12:00:00.000Z", "true"), ("ten", "tomorrow", "1")] == rows


async def test_users_are_the_newest_value_of_each_trait(lake):
    await lake.append(
        event(1, type="identify", traits={"email": "ada@old.example", "plan": "free"}),
        event(2, type="identify", user="bob", traits={"plan": "free"}),
    )
    await lake.flush()
    await lake.append(event(3, type="identify", traits={"email": "ada@new.example"}))

    assert [("ada", "ada@new.example", "free"), ("bob", None, "free")] == await lake.rows(
        "SELECT id, email, plan FROM web.users ORDER BY id"
    )


async def test_a_bare_name_is_enough_where_one_source_has_such_a_table(lake):
    await lake.append(order(1), event(2, event="Signed Up", source="src_shop"))
    both = (WEB, SHOP)

    assert [(1,)] == await lake.rows("SELECT count(*) FROM signed_up", schemas=both)
    with pytest.raises(QueryFailedError, match=r"write web\.tracks or shop\.tracks"):
        await lake.rows("SELECT count(*) FROM tracks", schemas=both)
    assert [(7,)] == await lake.rows("WITH tracks AS (SELECT 7 AS x) FROM tracks", schemas=both)


async def test_tells_which_tables_there_are_without_opening_one(lake):
    await lake.append(order(1, total=1))
    await lake.flush()
    for file in (lake.lake / "data").rglob("*.parquet"):
        file.write_bytes(b"no Parquet at all")

    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'web' ORDER BY 1"
    assert [("order_completed",), ("tracks",)] == await lake.rows(tables)
    columns = "SELECT data_type FROM information_schema.columns WHERE table_schema = 'web' AND column_name = 'total'"
    assert [("BIGINT",)] == await lake.rows(columns)


async def test_an_unknown_table_is_told_with_what_there_is(lake):
    await lake.append(order(1))

    with pytest.raises(QueryFailedError, match="order_completed"):
        await lake.rows("SELECT * FROM web.order_complete")


async def test_a_key_sees_its_own_schemas_only_whatever_it_asks(lake):
    await lake.append(order(1), event(2, event="Signed Up", source="src_shop"))
    await lake.flush()

    with pytest.raises(QueryRefusedError, match="no schema 'shop'"):
        await lake.rows("SELECT * FROM shop.signed_up")
    with pytest.raises(QueryFailedError, match="does not exist"):
        await lake.rows("SELECT * FROM signed_up")
    assert [("web",)] == await lake.rows("SELECT DISTINCT table_schema FROM information_schema.tables")


async def test_a_project_sees_the_rows_that_are_its_own(lake):
    for number, project in enumerate(("ours", "theirs", "ours"), 1):
        await lake.append(event(number, source="identity", event="Signed In", properties={"project_id": project}))
        if number == 2:
            await lake.flush()
    own = (Schema(name="identity", source_id="identity", project_id="ours"),)

    assert [("m1",), ("m3",)] == await lake.rows("SELECT id FROM signed_in ORDER BY id", schemas=own)
    # What no row says of whose it is, is nobody's to see.
    assert [("signed_in",)] == await lake.rows("SELECT DISTINCT table_name FROM information_schema.tables", schemas=own)


async def test_viewers_see_masks(lake):
    traits = {
        "email": "ada@example.com",
        "plan": "pro",
        "phone": 4179,
        "bio": "write to ada@example.com",
        "more": [{"zip": 8000}],
    }
    await lake.append(event(1, type="identify", traits=traits, context={"ip": "10.0.0.1", "library": {"name": "js"}}))
    await lake.flush()
    await lake.append(event(2, type="identify", user="bob", traits={"plan": "pro", "email": None}))
    sql = (
        "SELECT email, plan, phone, bio, more, context_ip, context_library_name FROM {} WHERE plan = 'pro' ORDER BY id"
    )

    hidden = [("***", "pro", "***", "write to ***", "***", "***", "js"), (None, "pro", None, None, None, None, None)]
    assert hidden == await lake.rows(sql.format("identifies"), is_masked=True)
    assert hidden == await lake.rows(sql.format("users"), is_masked=True)
    assert [] == await lake.rows("SELECT id FROM identifies WHERE email LIKE 'ada%'", is_masked=True)
    assert "ada@example.com" not in str(await lake.rows("SUMMARIZE identifies", is_masked=True))
    assert "ada@example.com" == (await lake.rows("SELECT email FROM identifies ORDER BY id"))[0][0]


async def test_a_data_folder_behind_a_link_is_read_like_any_other(lake, tmp_path):
    await lake.append(order(1))
    await lake.flush()
    (tmp_path / "elsewhere").symlink_to(lake.folder)
    queries = Queries(tmp_path / "elsewhere" / "lake", tmp_path / "elsewhere" / "log", limits=LIMITS)

    assert [("m1",)] == await lake.rows("SELECT id FROM order_completed", queries=queries)


async def test_a_link_that_somebody_put_among_the_files_leads_nowhere(lake):
    await lake.append(order(1))
    await lake.flush()
    secret = lake.folder / "secret.key"
    duckdb.sql("SELECT 'a secret' AS id").to_parquet(str(secret))
    for file in (lake.lake / "data").rglob("order_completed/*/*.parquet"):
        file.unlink()
        file.symlink_to(secret)

    with pytest.raises(LakeFileError):
        await lake.rows("SELECT * FROM order_completed")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (ENDLESS, "longer than 0.3 s"),
        ("WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r", "longer than 0.3 s"),
        ("SELECT list(i || repeat('x', 1000)) FROM range(100000000) t(i)", "memory"),
        ("SELECT repeat('x', 2000000000)", "memory"),
        ("SELECT repeat('x', 1000) FROM range(1000000)", "larger than 5 MB"),
        (f"SELECT {','.join(['1'] * 6_000)}", "6000 columns; 5000 are the most"),
    ],
    ids=["cross join without end", "recursion without end", "memory", "one value", "a gigabyte", "columns"],
)
async def test_a_query_that_wants_too_much_is_ended_and_told_which_limit(lake, sql, reason):
    limits = msgspec.structs.replace(LIMITS, result_bytes=5_000_000, memory_bytes=128 * 10**6)
    queries = Queries(lake.lake, lake.log, limits=limits)
    seconds = 0.3 if "0.3 s" in reason else None

    with pytest.raises(QueryLimitError, match=reason):
        await lake.rows(sql, queries=queries, timeout_seconds=seconds)


async def test_refuses_sql_that_is_too_long_has_a_nul_or_no_letters_at_all(lake):
    with pytest.raises(QueryLimitError, match="262144 bytes"):
        await lake.rows(f"SELECT '{'x' * 300_000}'")
    with pytest.raises(QueryRefusedError, match="NUL"):
        await lake.rows("SELECT 1 \0 FROM tracks")
    with pytest.raises(QueryFailedError):
        await lake.rows("\x01\ufffe")


async def test_wishes_that_no_query_can_have_are_refused_before_one_runs(lake):
    for wishes in ({"timeout_seconds": 21.0}, {"timeout_seconds": 0.0}, {"max_rows": 0}):
        with pytest.raises(BadRequestError):
            await lake.rows("SELECT 1", **wishes)


async def test_rows_beyond_the_limit_are_left_out_and_that_is_said(lake):
    rows, answer = await lake.ask("SELECT * FROM range(5000)", max_rows=1500)

    assert 1500 == len(rows)
    assert (True, 1500) == (answer.word.is_cut, answer.word.rows)


async def test_a_tail_that_is_too_long_is_read_as_far_as_it_may_and_that_is_said(lake):
    await lake.append(*[order(number) for number in range(1, 11)])
    queries = Queries(lake.lake, lake.log, limits=msgspec.structs.replace(LIMITS, max_tail=6))

    rows, answer = await lake.ask("SELECT count(*) FROM tracks", queries=queries)

    assert ([(6,)], 4) == (rows, answer.word.behind)


async def test_so_many_run_at_once_so_many_wait_and_the_rest_are_told_when_to_come_again(lake):
    limits = msgspec.structs.replace(LIMITS, at_once=1, waiting=1, wait_seconds=0.05)
    queries = Queries(lake.lake, lake.log, limits=limits)
    running = asyncio.create_task(lake.rows(ENDLESS, queries=queries))
    while not queries._running:  # noqa: ASYNC110  the beginning of it is nobody's event
        await asyncio.sleep(0)
    waiting = asyncio.create_task(lake.rows("SELECT 1", queries=queries))
    await asyncio.sleep(0)

    with pytest.raises(QueriesBusyError) as refused:
        await lake.rows("SELECT 2", queries=queries)
    with pytest.raises(QueriesBusyError):
        await waiting
    queries.end_all()
    with pytest.raises(QueriesBusyError, match="stopping"):
        await running

    assert refused.value.retry_after_seconds
    assert [(3,)] == await lake.rows("SELECT 3", queries=queries)


async def test_tables_are_listed_by_so_many_at_once_and_the_rest_are_told_when_to_come_again(lake):
    await lake.append(order(1, total=1))
    await lake.flush()
    queries = Queries(
        lake.lake, lake.log, limits=msgspec.structs.replace(LIMITS, listed_at_once=1, waiting=1, wait_seconds=0.01)
    )
    async with queries._turn(queries._listings):
        with pytest.raises(QueriesBusyError):
            await queries.tables((WEB,))

    assert {"web": {"total": "BIGINT"}} == {
        schema: {name: type_ for name, type_ in tables["order_completed"].columns.items() if name == "total"}
        for schema, tables in (await queries.tables((WEB,))).items()
    }


async def test_a_list_of_tables_has_the_columns_of_sources_that_were_asked_for(lake):
    await lake.append(order(1, total=1), event(2, source="src_shop", event="Order Completed", properties={"x": 1}))
    await lake.flush()
    listed = await lake.queries.tables((WEB, SHOP))
    alone = await lake.queries.tables((SHOP,))

    assert (["shop"], alone["shop"]) == (list(alone), listed["shop"])
    assert ("x" in alone["shop"]["order_completed"].columns, "x" in listed["web"]["order_completed"].columns) == (
        True,
        False,
    )


async def test_whoever_stops_reading_ends_the_query(lake):
    queries = lake.queries
    async with queries.ask("SELECT * FROM range(100000000)", schemas=(WEB,), is_masked=False, format="json") as answer:
        async for _ in answer:
            break
        (process,) = queries._running

    assert process._process.returncode is not None


async def test_values_come_as_json_and_csv_can_have_them(lake):
    sql = """SELECT 170141183460469231731687303715884105727::HUGEINT AS big, 1.50::DECIMAL(9, 2) AS price,
        'a,"b"' AS text, TIMESTAMP '2026-01-01 00:00:00' AS moment, [1, NULL] AS list, {'a': 1} AS object,
        NULL AS nothing, 'nan'::DOUBLE AS nan, MAP {1: 'x'} AS map, '\\xC3'::BLOB AS blob,
        DATE '2026-01-01' AS day, INTERVAL 1 DAY AS span, chr(0) AS nul"""
    ((big, price, text, moment, numbers, thing, nothing, nan, mapping, *_),) = await lake.rows(sql)
    async with lake.queries.ask(sql, schemas=(WEB,), is_masked=False, format="csv") as answer:
        head, row = csv.reader(io.StringIO(b"".join([piece async for piece in answer]).decode(), newline=""))

    assert (2**127 - 1, 1.5, 'a,"b"', "2026-01-01T00:00:00") == (float(big) and 2**127 - 1, price, text, moment)
    assert ([1, None], {"a": 1}, None, None, {"1": "x"}) == (numbers, thing, nothing, nan, mapping)
    assert ["big", "price", "text", "moment", "list"] == head[:5]
    assert [str(2**127 - 1), "1.50", 'a,"b"', "2026-01-01T00:00:00", "[1,null]", '{"a":1}', ""] == row[:7]


async def test_a_moment_with_a_time_zone_is_one_in_utc(lake):
    moments = """SELECT TIMESTAMPTZ '2026-11-29 10:00:00+02', '10:00:00+02'::TIMETZ,
        TIMESTAMPTZ '2026-11-29' AT TIME ZONE 'Asia/Tokyo'"""

    assert [("2026-11-29T08:00:00Z", "10:00:00+02:00", "2026-11-29T09:00:00")] == await lake.rows(moments)


async def test_parquet_comes_as_a_file(lake, tmp_path):
    await lake.append(order(1, total=1.5))
    async with lake.queries.ask("FROM order_completed", schemas=(WEB,), is_masked=False, format="parquet") as answer:
        (tmp_path / "answer.parquet").write_bytes(b"".join([piece async for piece in answer]))

    (row,) = duckdb.sql(f"SELECT id, total, epoch_ms(received_at) FROM '{tmp_path}/answer.parquet'").fetchall()  # noqa: S608
    assert ("m1", 1.5, START_MS + 1) == row


async def test_where_the_kernel_cant_confine_queries_are_refused_unless_the_operator_says_otherwise(lake, monkeypatch):
    monkeypatch.setattr("headwater.lake.sql.confinement.is_possible", lambda: False)
    allowed = Queries(lake.lake, lake.log, limits=LIMITS, may_be_unconfined=True)

    with pytest.raises(NotConfinedError, match="--unconfined-queries"):
        await lake.rows("SELECT 1")
    assert [(1,)] == await lake.rows("SELECT 1", queries=allowed)
