"""The audit log: every change by the API stands in it, with who, when, before and after; and nothing else does."""

import asyncio

import pytest
from sqlalchemy import select

from fresh_rooms import client_of, fresh_rooms
from headwater.api import audit_shape
from headwater.store import tables

CONFIG = "/services/identity/config"
LIFESPAN = f"{CONFIG}/session/lifespan"
WANTED = {"version": 1, "sources": [{"slug": "website", "kind": "http-api", "name": "Website"}]}
ADA = {"schema_id": "preset://email", "traits": {"email": "ada@example.com"}}


@pytest.fixture
async def client(rooms):
    async with client_of(rooms, authorization="Bearer token") as made:
        yield made


@pytest.fixture
def log(client):
    """Give the entries, the newest first, each in full."""

    async def entries(**query):
        listed = (await client.get("/api/audit", params=query)).json()["entries"]
        return [(await client.get(f"/api/audit/{one['number']}")).json() for one in listed]

    return entries


async def make_ada(client):
    answer = await client.post("/admin/identities", json=ADA)
    assert 201 == answer.status_code, answer.text
    return answer.json()["id"]


async def test_a_change_has_who_when_before_and_after(client, log, rooms):
    project = rooms.installation.project
    old = (await client.get(f"/projects/{project.id}")).json()["services"]["identity"]["config"]["session"]["lifespan"]
    await client.patch(f"/projects/{project.slug}", json=[{"op": "replace", "path": LIFESPAN, "value": "7h"}])

    [entry] = await log()

    assert ("local", "admin", "api") == (entry["who"]["id"], entry["who"]["role"], entry["via"])
    assert ("PATCH", f"/projects/{project.slug}", project.id) == (entry["method"], entry["path"], entry["project_id"])
    assert ("projects.write", "done", 200, None) == tuple(entry[k] for k in ("permission", "outcome", "status", "note"))
    assert {"op": "replace", "path": LIFESPAN, "from": old, "to": "7h"} in entry["changes"]
    assert entry["at"] <= entry["ended_at"]


async def test_what_is_made_is_one_addition_and_what_is_deleted_one_removal(client, log):
    made = (await client.post("/api/sources", json={"name": "Website"})).json()
    await client.delete(f"/api/sources/{made['id']}")

    deleted, created = await log()

    assert ("add", "website") == (created["changes"][0]["op"], created["after"]["slug"])
    assert (None, "website") == (created["before"], deleted["before"]["slug"])
    assert "delete" in deleted["method"].lower()
    assert deleted["changes"]


async def test_who_it_was_is_known_when_the_key_is_gone(client, log, rooms):
    made = (await client.post("/api/keys", json={"role": "admin", "name": "deploy"})).json()
    async with client_of(rooms, authorization=f"Bearer {made['key']}") as deploy:
        await deploy.post("/api/sources", json={"name": "Website"})
    await client.delete(f"/api/keys/{made['id']}")

    [entry] = await log(who="deploy")

    assert {"id": made["id"], "name": "deploy", "role": "admin"} == entry["who"]
    assert [entry["number"]] == [one["number"] for one in await log(who=made["id"])]


async def test_a_key_that_is_deleted_is_missing_from_the_list_afterwards(client, log):
    made = (await client.post("/api/keys", json={"role": "viewer", "name": "old"})).json()
    await client.delete(f"/api/keys/{made['id']}")

    [removal] = (await log())[0]["changes"]

    assert ("remove", "old") == (removal["op"], removal["from"]["name"])


async def test_reading_planning_and_trying_stand_in_no_log(client, log, rooms):
    project = rooms.installation.project.id
    await client.get("/api/sources")
    await client.get("/api/backups")
    assert 200 == (await client.post("/api/config/plan", json={"document": WANTED})).status_code
    await client.post(f"/projects/{project}/identity-config/check", json={})
    await client.post("/api/query", json={})
    await client.get("/self-service/registration/api")

    assert [] == await log()


async def test_what_a_handler_refused_stands_there_with_the_reason(client, log):
    await client.patch("/api/sources/nowhere", json={"name": "x"})
    await client.post("/api/sources", json={"nonsense": 1})

    nonsense, nowhere = await log()

    assert (404, "refused", []) == tuple(nowhere[key] for key in ("status", "outcome", "changes"))
    assert "nowhere" in nowhere["error"]
    assert (400, None) == (nonsense["status"], nonsense["after"])
    assert "nonsense" in nonsense["error"]


async def test_who_had_no_key_or_too_small_a_role_leaves_nothing(client, log, rooms):
    viewer = (await client.post("/api/keys", json={"role": "viewer"})).json()["key"]
    before = len(await log())
    async with client_of(rooms) as nobody:
        assert 401 == (await nobody.post("/api/sources", json={"name": "x"})).status_code
    async with client_of(rooms, authorization=f"Bearer {viewer}") as small:
        assert 403 == (await small.post("/api/sources", json={"name": "x"})).status_code
        assert 403 == (await small.get("/api/audit")).status_code
        assert 403 == (await small.get("/api/audit/1")).status_code

    assert before == len(await log())


async def test_what_is_known_of_a_person_goes_with_them_and_the_entry_stays(client, log):
    ada = await make_ada(client)
    patch = [{"op": "replace", "path": "/traits/email", "value": "lovelace@example.com"}]
    await client.patch(f"/admin/identities/{ada}", json=patch)
    changed, made = await log()
    assert "ada@example.com" == made["after"]["traits"]["email"]
    assert {
        "op": "replace",
        "path": "/traits/email",
        "from": "ada@example.com",
        "to": "lovelace@example.com",
    } in changed["changes"]

    await client.delete(f"/admin/identities/{ada}")

    assert [(ada, None, None, audit_shape.GONE)] * 3 == [
        (one["subject"], one["before"], one["after"], one["note"]) for one in await log()
    ]


async def test_nothing_of_a_person_is_readable_in_the_database(client, rooms):
    await make_ada(client)
    await client.post("/admin/identities", json=ADA)  # refused: there is one
    await client.post("/admin/identities", json={**ADA, "traits": {"email": "no address of bob"}})
    with rooms.database.engine.connect() as connection:
        kept = [connection.execute(select(table)).fetchall() for table in (tables.audit, tables.audit_documents)]

    assert (3, 1) == (len(kept[0]), len(kept[1]))
    assert not [word for word in ("ada@", "example.com", "bob") if word in repr(kept)]


async def test_what_is_done_to_a_session_says_whose_it_was(client, log, rooms):
    ada = (await client.post("/admin/identities", json=WITH_PASSWORD)).json()["id"]
    session = await sign_in(client)
    await client.patch(f"/admin/sessions/{session}/extend")
    await client.delete(f"/admin/sessions/{session}")

    ended, extended = await log(path="/admin/sessions")

    assert (ada, ada) == (ended["subject"], extended["subject"])
    assert {"op": "replace", "path": "/active", "from": True, "to": False} in ended["changes"]


WITH_PASSWORD = {**ADA, "credentials": {"password": {"config": {"password": "correct horse battery"}}}}


async def sign_in(client):
    flow = (await client.get("/self-service/login/api")).json()["id"]
    body = {"method": "password", "identifier": "ada@example.com", "password": "correct horse battery"}
    answer = await client.post("/self-service/login", params={"flow": flow}, json=body)
    assert 200 == answer.status_code, answer.text
    return answer.json()["session"]["id"]


async def test_many_people_at_once_are_one_entry_with_counts(client, log):
    rows = [{"create": {**ADA, "traits": {"email": f"p{number}@example.com"}}} for number in range(3)]
    await client.patch("/admin/identities", json={"identities": [*rows, rows[0]]})

    [entry] = await log()

    assert {"identities": {"create": 3, "error": 1}} == entry["after"]


async def test_two_changes_at_once_have_an_entry_each(client, log):
    names = [f"s{number}" for number in range(8)]
    await asyncio.gather(*(client.post("/api/sources", json={"name": name}) for name in names))

    entries = await log()

    assert set(names) == {one["after"]["name"] for one in entries}
    assert [201] * 8 == [one["status"] for one in entries]


async def test_another_projects_people_are_in_the_same_log(client, log, rooms):
    made = (await client.post("/projects", json={"name": "Second"})).json()
    host = made["hosts"][0]
    await client.get(f"/projects/{made['id']}")
    async with client_of(rooms, authorization="Bearer token") as at_home:
        at_home._transport.app = rooms.door
        answer = await at_home.post("/admin/identities", json=ADA, headers={"host": host})
        assert 201 == answer.status_code, answer.text

    entry = (await log())[0]

    assert (made["id"], "ada@example.com") == (entry["project_id"], entry["after"]["traits"]["email"])


async def test_the_configuration_as_a_document_is_one_entry(client, log):
    await client.post("/api/config/apply", json={"document": WANTED})

    [entry] = await log()

    assert "done" == entry["outcome"], entry["error"]
    [added] = entry["changes"]
    assert ("add", "website") == (added["op"], added["to"]["slug"])


async def test_pages_end_at_the_oldest_and_a_time_and_a_path_narrow_them(client):
    for number in range(5):
        await client.post("/api/sources", json={"name": f"s{number}"})
    await client.patch("/api/workspace", json={})

    first = (await client.get("/api/audit", params={"limit": 4})).json()
    rest = (await client.get("/api/audit", params={"limit": 4, "before_number": first["next"]})).json()
    numbers = [one["number"] for one in first["entries"] + rest["entries"]]

    assert (sorted(numbers, reverse=True), 6, None) == (numbers, len(numbers), rest["next"])
    narrow = {"path": "/api/work", "since": "1h"}
    assert ["/api/workspace"] == [
        one["path"] for one in (await client.get("/api/audit", params=narrow)).json()["entries"]
    ]
    assert [] == (await client.get("/api/audit", params={"since": "2100-01-01T00:00:00Z"})).json()["entries"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("limit=0", 400), ("limit=1001", 400), ("since=soon", 400), (f"before_number={2**63 - 1}", 200)],
    ids=["none", "too-many", "no-moment", "a-huge-number"],
)
async def test_refuses_a_page_that_means_nothing(client, query, status):
    assert status == (await client.get(f"/api/audit?{query}")).status_code


@pytest.mark.parametrize("number", [7, 10**30, -(10**30)], ids=["unknown", "huge", "far-below"])
async def test_refuses_an_entry_that_is_not_there_and_says_where_to_look(client, number):
    answer = await client.get(f"/api/audit/{number}")

    assert 404 == answer.status_code
    assert "headwater list audit" in answer.text


async def test_old_entries_go_with_the_next_change(disk_path):
    async with (
        fresh_rooms(disk_path, HEADWATER_AUDIT_RETENTION_ENTRIES="3") as rooms,
        client_of(rooms, authorization="Bearer token") as client,
    ):
        for number in range(5):
            await client.post("/api/sources", json={"name": f"s{number}"})
        listed = (await client.get("/api/audit")).json()["entries"]

    assert 3 == len(listed)
