"""The lake's pages: SQL answered as a table, a drawing and a file; queries kept by name; which tables there are."""

import json

import pytest
from console_floor import console_on

from headwater.console import query_result
from headwater.console.pages import lake_names

MARKUP = "<script>alert('1')</script>\""
COUNTS = "SELECT plan, count(*)::INT AS n FROM shop.order_done GROUP BY ALL"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
        body = {"type": "track", "event": "Order Done", "properties": {"plan": MARKUP, "email": "ada@x.org"}}
        await floor.event(source["id"], "m1", json.dumps(body).encode())
        yield floor


async def test_an_answer_is_a_table_and_a_drawing_and_markup_in_it_is_text(floor):
    ada = await floor.operator()
    await ada.see("/console/lake")
    words = await ada.send("/console/lake", sql=COUNTS)

    assert (200, True) == (ada.status, MARKUP in words)
    assert "1 row." in words
    assert '<rect x="180"' in ada.html
    assert "<script>alert" not in ada.html
    assert COUNTS in words


async def test_refuses_bad_sql_at_its_field_with_what_was_typed_kept(floor):
    ada = await floor.operator()
    await ada.see("/console/lake")
    words = await ada.send("/console/lake", sql=f"DELETE {MARKUP}")

    assert 400 == ada.status
    assert 'aria-describedby="sql-problem"' in ada.html
    assert f"DELETE {MARKUP}" in words
    assert "<script>alert" not in ada.html


async def test_a_mistake_in_sql_is_told_with_its_place(floor):
    ada = await floor.operator()
    await ada.see("/console/lake")
    fresh = ada.html
    await ada.send("/console/lake", sql="SELECT plan,\n  nowhere FROM shop.order_done")

    assert 'data-editor="sql" data-line="2" data-column="3" aria-invalid="true"' in ada.html
    assert 'data-editor="sql" aria' not in fresh
    assert "data-line" not in fresh


async def test_an_answer_goes_to_a_file_in_each_format(floor):
    ada = await floor.operator()
    await ada.see("/console/lake")
    csv = await ada.send("/console/lake/export", sql="SELECT email FROM shop.order_done", format="csv")
    await ada.see("/console/lake")
    lines = await ada.send("/console/lake/export", sql="SELECT 1 AS x", format="json")

    assert ["email", "ada@x.org"] == csv.split()
    assert '"columns"' in lines


async def test_a_file_for_a_spreadsheet_holds_no_formula_and_that_for_a_program_what_is_there(floor):
    asked = "SELECT '=1+1' AS \"@x\", -5 AS n"
    ada = await floor.operator()
    await ada.see("/console/lake")
    await ada.send("/console/lake/export", sql=asked, format="csv")
    token = {"authorization": f"Bearer {floor.rooms.local_token}"}
    api = await floor.visitor(**token).client.post("/api/query", json={"sql": asked, "format": "csv"})

    assert "'@x,n\r\n'=1+1,-5\r\n" == ada.html
    assert "@x,n\r\n=1+1,-5\r\n" == api.text


async def test_refuses_a_format_that_is_none(floor):
    ada = await floor.operator()
    await ada.see("/console/lake")
    await ada.send("/console/lake/export", sql="SELECT 1", format="exe")

    assert 400 == ada.status
    assert 'id="sql-problem"' in ada.html


async def test_a_query_is_saved_opened_changed_and_deleted(floor):
    ada = await floor.operator("operator")
    await ada.see("/console/lake")
    saved = await ada.send("/console/lake/queries", sql=COUNTS, name=MARKUP)
    [kept] = (await floor.api("GET", "/api/saved-queries"))["queries"]
    twice = await ada.send("/console/lake/queries", sql=COUNTS, name=MARKUP)
    opened = await ada.see(f"/console/lake?query={kept['id']}")
    await ada.send("/console/lake/queries", sql="SELECT 2", name="Two", opened=kept["id"])
    changed = await floor.api("GET", f"/api/saved-queries/{kept['id']}")
    gone = await ada.send(f"/console/lake/queries/{kept['id']}/delete")

    assert "The query is saved" in saved
    assert "There is a saved query" in twice
    assert COUNTS in opened
    assert "<script>alert" not in ada.html
    assert ("Two", "SELECT 2") == (changed["name"], changed["sql"])
    assert "None yet" in gone


async def test_a_viewer_sees_masks_and_saves_nothing(floor):
    eve = await floor.operator("viewer")
    page = await eve.see("/console/lake")
    words = await eve.send("/console/lake", sql="SELECT email FROM shop.order_done")
    await eve.send("/console/lake/queries", sql=COUNTS, name="Mine")

    assert "Save" not in page.split("Saved queries")[0]
    assert ("***" in words, "ada@x.org" in words) == (True, False)
    assert 403 == eve.status


async def test_tables_are_listed_with_their_columns_and_lead_to_a_query(floor):
    ada = await floor.operator("viewer")
    words = await ada.see("/console/lake/tables")
    typed = await ada.see("/console/lake?schema=shop&table=order_done")

    for part in ("order_done", "plan", "VARCHAR", "Behind the log"):
        assert part in words
    assert 'SELECT * FROM "shop"."order_done" LIMIT 100' in typed


async def test_of_several_sources_the_tables_are_listed_and_the_columns_of_one(floor):
    other = await floor.api("POST", "/api/sources", json={"name": "Other"})
    await floor.event(other["id"], "m9", b'{"type":"track","event":"Odd","userId":"ada","properties":{"oddity":1}}')
    ada = await floor.operator("viewer")
    every = await ada.see("/console/lake/tables")
    one = await ada.see("/console/lake/tables?schema=other")

    assert ("order_done" in every, "odd" in every, "oddity" in every) == (True, True, False)
    assert ("order_done" in one, "oddity" in one) == (False, True)
    assert "There is no source" in await ada.see("/console/lake/tables?schema=<script>")


def test_what_is_cut_off_shows_its_whole_lines():
    read = query_result.read(b'{"columns":[{"name":"a"}]}\n["x"]\n["y', is_whole=False)

    assert ([["x"]], True) == (read.rows, read.is_cut)


def test_what_breaks_off_says_why():
    read = query_result.read(b'{"columns":[{"name":"a"}]}\n["x"]\n\n{"error":{"reason":"Too slow."}}\n', is_whole=True)

    assert "Too slow." == read.problem
    assert read.chart is None


def answer(columns, *rows):
    lines = [{"columns": [{"name": name, "type": type_} for name, type_ in columns]}, *rows]
    return b"\n".join(json.dumps(line).encode() for line in lines)


def test_numbers_by_time_are_lines_in_the_order_of_time():
    columns = [("day", "DATE"), ("orders", "BIGINT"), ("plan", "VARCHAR"), ("total", "DECIMAL(10,2)")]
    rows = [["2026-11-24", 3, "pro", None], ["2026-11-23", -1, None, 2.5]]
    chart = query_result.read(answer(columns, *rows), is_whole=True).over_time

    assert ["orders", "total"] == [one.name for one in chart.series]
    assert [[-1, 3], [2.5, None]] == [one.values for one in chart.series]
    assert ["M0.0,100.0h0L1000.0,0.0", "M0.0,12.5h0"] == [line.path for line in chart.lines]
    assert "2026-11-23T00:00:00+00:00" == chart.times[0]


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ([("at", "TIMESTAMP"), ("n", "BIGINT")], [["2026-11-23T12:00:00", 1]]),
        ([("at", "TIMESTAMP"), ("n", "BIGINT")], [["2026-11-23T12:00:00", 1], ["2026-11-23T12:00:00", 2]]),
        ([("at", "TIMESTAMP"), ("n", "BIGINT")], [[None, 1], ["2026-11-23T12:00:00", 2]]),
        ([("at", "TIMESTAMP"), ("is", "BOOLEAN")], [["2026-11-23T12:00:00", True], ["2026-11-24T12:00:00", False]]),
        ([("at", "VARCHAR"), ("n", "BIGINT")], [["2026-11-23", 1], ["2026-11-24", 2]]),
        ([("at", "TIMESTAMP")], [["2026-11-23T12:00:00"], ["2026-11-24T12:00:00"]]),
    ],
    ids=["one row", "a time twice", "no time", "no number", "text", "times alone"],
)
def test_what_is_no_number_by_time_has_no_lines(columns, rows):
    assert query_result.read(answer(columns, *rows), is_whole=True).over_time is None


async def test_lines_are_drawn_and_markup_in_a_columns_name_is_text(floor):
    ada = await floor.operator()
    await ada.see("/console/lake")
    named = '"' + MARKUP.replace('"', '""') + '"'
    sql = f"SELECT DATE '2026-11-23' + i::INT AS day, i AS {named} FROM range(3) t(i)"  # noqa: S608  it is to be wild
    words = await ada.send("/console/lake", sql=sql)

    assert "By day" in words
    assert 'd="M0.0,100.0h0L500.0,50.0L1000.0,0.0"' in ada.html
    assert MARKUP in words
    assert "<script>alert" not in ada.html


async def test_the_editor_learns_the_names_of_tables_and_columns(floor):
    ada = await floor.operator()
    await ada.see("/console/lake")
    page = ada.html
    answer = await ada.client.get("/console/lake/names")

    assert 'data-names="/console/lake/names"' in page
    assert "application/json" in answer.headers["content-type"]
    assert {"plan", "email"} <= set(answer.json()["shop"]["order_done"])


def test_of_a_lake_with_very_many_columns_the_tables_alone_are_named():
    few = [{"schema": "shop", "table": "tracks", "columns": [{"name": "id"}]}, {"schema": "app", "table": "tracks"}]

    assert {"shop": {"tracks": ["id"]}, "app": {"tracks": []}} == lake_names.names(few)
