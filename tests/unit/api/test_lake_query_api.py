"""/api/query and /api/tables: who sees what, and how an answer comes."""

import json

import msgspec
import pytest

from fresh_rooms import client_of
from headwater.core.event import Record
from headwater.lake import naming
from headwater.wiring.rooms import Rooms

NOW_MS = 1_795_000_000_000


def event(number, *, source, event, **properties):
    body = {"type": "track", "messageId": f"m{number}", "userId": "ada", "event": event, "properties": properties}
    return Record(
        source=source,
        message_id=f"m{number}",
        type="track",
        body=json.dumps(body).encode(),
        received_at_ms=NOW_MS + number,
        user_id="ada",
    )


@pytest.fixture
async def key_of(asked):
    """Make a key and return its token."""

    async def make(role, **whose):
        status, made = await asked("POST", "/keys", {"role": role, **whose})
        assert status == 201, made
        return made["key"]

    return make


@pytest.fixture
async def query(rooms: Rooms):
    """Ask a query; gives (status, lines of the answer)."""
    async with client_of(rooms) as client:

        async def ask(sql, *, key="token", **wishes):
            headers = {"authorization": f"Bearer {key}"}
            answer = await client.post("/api/query", json={"sql": sql, **wishes}, headers=headers)
            return answer.status_code, [json.loads(line) for line in answer.text.splitlines()]

        yield ask


@pytest.fixture
async def filled(rooms, asked):
    """Give rooms with an event of a source, and one of the default project's people and one of another's."""
    _, source = await asked("POST", "/sources", {"name": "My Shop"})
    ours = rooms.installation.project.id
    await rooms.log.append(
        [
            event(1, source=source["id"], event="Order Completed", total=10, email="ada@example.com"),
            event(2, source="identity", event="Signed In", project_id=ours),
            event(3, source="identity", event="Signed In", project_id="another"),
        ]
    )
    return rooms


async def test_an_answer_is_lines_the_columns_first_and_the_end_last(filled, query):
    status, (head, row, end) = await query("SELECT event, total FROM my_shop.order_completed")

    assert 200 == status
    assert {"columns": [{"name": "event", "type": "VARCHAR"}, {"name": "total", "type": "BIGINT"}]} == head
    assert ["order_completed", 10] == row
    assert {"rows": 1, "is_cut": False, "behind": 0} == end


async def test_a_viewer_sees_masks_and_an_operator_the_data(filled, query, key_of):
    sql = "SELECT email FROM order_completed"

    assert ["***"] == (await query(sql, key=await key_of("viewer")))[1][1]
    assert ["ada@example.com"] == (await query(sql, key=await key_of("operator")))[1][1]


async def test_a_projects_key_sees_its_own_peoples_events_and_nothing_else(filled, query, key_of):
    key = await key_of("admin", project_id=filled.installation.project.id)

    assert [["m2"]] == (await query("SELECT id FROM signed_in", key=key))[1][1:-1]
    status, (refused,) = await query("SELECT * FROM my_shop.tracks", key=key)
    assert (400, "query_refused") == (status, refused["error"]["id"])


async def test_without_a_key_nothing_is_asked(filled, query):
    assert 401 == (await query("SELECT 1", key="nobody's"))[0]


async def test_what_is_wrong_is_told_before_anything_of_an_answer(filled, query):
    status, (refused,) = await query("DROP VIEW my_shop.tracks")
    assert (400, "query_refused") == (status, refused["error"]["id"])
    status, (failed,) = await query("SELECT nothing FROM my_shop.tracks")
    assert (400, "query_failed") == (status, failed["error"]["id"])
    status, (late,) = await query("SELECT count(*) FROM range(1000000000000)", timeout_seconds=0.5)
    assert (422, "query_limit") == (status, late["error"]["id"])


async def test_an_answer_that_breaks_off_says_so_in_its_last_line(filled, monkeypatch):
    small = msgspec.structs.replace(filled.queries.limits, result_bytes=2_000_000)
    monkeypatch.setattr(filled.queries, "limits", small)
    async with client_of(filled, authorization="Bearer token") as client:
        sql = "SELECT i, repeat('x', 100) FROM range(10000000) t(i)"
        answer = await client.post("/api/query", json={"sql": sql})

    assert 200 == answer.status_code
    assert "query_limit" == json.loads(answer.text.splitlines()[-1])["error"]["id"]


async def test_too_many_at_once_are_told_when_to_come_again(filled, monkeypatch):
    monkeypatch.setitem(filled.queries._waiting, filled.queries._turns, filled.queries.limits.waiting)
    async with client_of(filled, authorization="Bearer token") as client:
        answer = await client.post("/api/query", json={"sql": "SELECT 1"})

    assert (503, "5") == (answer.status_code, answer.headers["retry-after"])


async def test_tables_are_those_that_the_key_sees_with_their_columns(filled, asked, key_of):
    _, found = await asked("GET", "/tables")
    _, of_one = await asked("GET", "/tables?source=my-shop")
    key = await key_of("viewer", project_id=filled.installation.project.id)
    _, of_project = await asked("GET", "/tables", key=key)

    names = [(one["schema"], one["table"]) for one in found["tables"]]
    assert [
        ("identity", "signed_in"),
        ("identity", "tracks"),
        *[("my_shop", name) for name in ("order_completed", "tracks")],
    ] == names
    assert {"name": "total", "type": "BIGINT", "note": None} in of_one["tables"][0]["columns"]
    assert [("identity", "signed_in")] == [(one["schema"], one["table"]) for one in of_project["tables"]]
    assert 404 == (await asked("GET", "/tables?source=nobody"))[0]


async def test_tables_are_listed_without_their_columns_and_without_a_process(filled, asked, monkeypatch):
    monkeypatch.setitem(filled.queries._waiting, filled.queries._turns, filled.queries.limits.waiting)
    _, found = await asked("GET", "/tables?columns=false")
    _, whole = await asked("GET", "/tables")

    brief = [{name: value for name, value in one.items() if name != "columns"} for one in whole["tables"]]
    assert brief == found["tables"]
    assert [len(one["columns"]) for one in whole["tables"]] == [one["column_count"] for one in brief]


def test_every_slug_has_a_schema_of_its_own_that_no_database_has_already():
    slugs = ("web", "my-shop", "ab1-c", "ab-1-c", "2fa", "main", "information-schema", "temp")

    names = [naming.schema_of(slug) for slug in slugs]

    assert ["web", "my_shop", "ab1_c", "ab_1_c", "_2fa", "_main", "_information_schema", "_temp"] == names


async def test_a_table_says_of_its_columns_why_they_are_wider_and_what_found_none(filled, asked, rooms):
    _, shop = await asked("GET", "/sources/my-shop")
    more = [
        event(91, source=shop["id"], event="Paid", total=1),
        event(92, source=shop["id"], event="Paid", total="one", id=4),
    ]
    await rooms.log.append(more)
    status, paid = await asked("GET", "/tables/my_shop/paid")
    notes = {one["name"]: one["note"] for one in paid["columns"] if one["note"]}

    assert (200, {"total", "_more"}) == (status, notes.keys())
    assert notes["total"].startswith("integer until varchar came")
    assert " properties.id;" in notes["_more"]
    assert 404 == (await asked("GET", "/tables/my_shop/nothing"))[0] == (await asked("GET", "/tables/no/paid"))[0]
