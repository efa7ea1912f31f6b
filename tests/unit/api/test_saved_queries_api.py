"""/api/saved-queries: kept by name, for every operator."""

import pytest

from headwater.workspace import saved_queries

SQL = "SELECT 1"


@pytest.fixture
async def key_of(asked):
    async def make(role):
        return (await asked("POST", "/keys", {"role": role, "name": f"{role}'s"}))[1]["key"]

    return make


async def test_a_query_is_kept_changed_and_deleted(asked, key_of):
    operator = await key_of("operator")
    status, made = await asked("POST", "/saved-queries", {"name": " Orders ", "sql": SQL}, key=operator)
    _, changed = await asked("PUT", f"/saved-queries/{made['id']}", {"name": "Orders", "sql": "SELECT 2"})
    _, one = await asked("GET", f"/saved-queries/{made['id']}", key=await key_of("viewer"))
    _, listed = await asked("GET", "/saved-queries")
    await asked("DELETE", f"/saved-queries/{made['id']}")

    assert (201, "Orders", SQL, "operator's") == (status, made["name"], made["sql"], made["author"])
    assert changed == one
    assert "SELECT 2" == one["sql"]
    assert [{key: value for key, value in one.items() if key != "sql"}] == listed["queries"]
    assert 404 == (await asked("GET", f"/saved-queries/{made['id']}"))[0]


async def test_refuses_a_name_twice_and_what_is_no_query(asked):
    await asked("POST", "/saved-queries", {"name": "Orders", "sql": SQL})
    _, other = await asked("POST", "/saved-queries", {"name": "Others", "sql": SQL})
    twice, _ = await asked("POST", "/saved-queries", {"name": "Orders", "sql": SQL})
    renamed, _ = await asked("PUT", f"/saved-queries/{other['id']}", {"name": "Orders", "sql": SQL})
    nameless, said = await asked("POST", "/saved-queries", {"name": " ", "sql": SQL})
    long = "x" * (saved_queries.MAX_SQL_BYTES + 1)

    assert (409, 409, 400) == (twice, renamed, nameless)
    assert "/name" == said["error"]["details"]["path"]
    assert 400 == (await asked("POST", "/saved-queries", {"name": "Long", "sql": long}))[0]
    assert 404 == (await asked("PUT", "/saved-queries/none", {"name": "New", "sql": SQL}))[0]


async def test_there_is_an_end_to_how_many(asked, rooms):
    def fill(connection):
        for number in range(saved_queries.MAX_QUERIES):
            saved_queries.create(connection, name=f"q{number}", sql=SQL, author="ada", clock=rooms.clock)

    await rooms.database.write(fill)
    status, said = await asked("POST", "/saved-queries", {"name": "One more", "sql": SQL})

    assert 409 == status
    assert "Delete some" in said["error"]["reason"]


async def test_a_viewer_saves_none(asked, key_of):
    status, _ = await asked("POST", "/saved-queries", {"name": "Orders", "sql": SQL}, key=await key_of("viewer"))

    assert 403 == status
