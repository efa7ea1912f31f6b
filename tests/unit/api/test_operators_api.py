"""/api/operators: people who may come into the console by their account; named, listed, and no more."""

import pytest
from sqlalchemy import insert

from fresh_rooms import client_of
from headwater.core.clock import epoch_ms
from headwater.store import tables
from headwater.workspace import operators

ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture
def person(rooms):
    async def make(email, *, is_verified=True):
        address = {"value": email, "via": "email", "verified": is_verified, "status": "completed"}
        wish = {"schema_id": "preset://email", "traits": {"email": email}}
        async with client_of(rooms, authorization="Bearer token") as client:
            answer = await client.post("/admin/identities", json={**wish, "verifiable_addresses": [address]})
        return answer.json()["id"]

    return make


async def test_a_person_is_named_seen_by_everybody_given_another_role_and_removed(asked, person):
    ada = await person(ADA)
    _, viewer = await asked("POST", "/keys", {"role": "viewer", "name": "v"})
    status, named = await asked("PUT", f"/operators/{ada.upper()}", {"role": "operator", "address": " Ada@Example.org"})
    _, listed = await asked("GET", "/operators", key=viewer["key"])
    _, changed = await asked("PUT", f"/operators/{ada}", {"role": "viewer"})
    _, one = await asked("GET", f"/operators/{ada}", key=viewer["key"])
    removed, _ = await asked("DELETE", f"/operators/{ada}")
    gone, said = await asked("GET", f"/operators/{ada}")

    assert (200, ada, "operator", "local") == (status, named["id"], named["role"], named["named_by"])
    assert [{**named, "name": ADA, "state": "active"}] == listed["operators"]
    assert ("viewer", changed) == (changed["role"], one)
    assert (204, 404) == (removed, gone)
    assert "headwater list operators" in said["error"]["reason"]


async def test_who_named_them_is_told_by_name(asked, person):
    ada, bob = await person(ADA), await person(BOB)
    _, key = await asked("POST", "/keys", {"role": "admin", "name": "Grace's"})
    await asked("PUT", f"/operators/{ada}", {"role": "admin"}, key=key["key"])
    await asked("PUT", f"/operators/{bob}", {"role": "admin"})
    _, listed = await asked("GET", "/operators")

    assert {ADA: "Grace's", BOB: "local"} == {one["name"]: one["named_by"] for one in listed["operators"]}


async def test_a_list_goes_on_page_by_page(asked, person):
    for email in (ADA, BOB, "eve@example.org"):
        await asked("PUT", f"/operators/{await person(email)}", {"role": "viewer"})
    _, whole = await asked("GET", "/operators")
    _, first = await asked("GET", "/operators?limit=2")
    _, second = await asked("GET", f"/operators?limit=2&after={first['next']}")
    wrong = [(await asked("GET", f"/operators?limit={limit}"))[0] for limit in (0, 501)]

    assert whole["operators"] == first["operators"] + second["operators"]
    assert (2, None, None) == (len(first["operators"]), second["next"], whole["next"])
    assert [400, 400] == wrong


@pytest.mark.parametrize(
    ("naming", "status", "told"),
    [
        ({"role": "boss"}, 400, "/role"),
        ({"role": "admin", "address": "mallory@example.org"}, 400, "/address"),
        ({}, 400, None),
        ({"role": "admin", "more": 1}, 400, None),
    ],
    ids=["role", "address", "none", "more"],
)
async def test_refuses_what_names_nobody(asked, person, naming, status, told):
    answered, said = await asked("PUT", f"/operators/{await person(ADA)}", naming)

    assert status == answered
    assert told is None or told == said["error"]["details"]["path"]


async def test_nobody_is_named_who_is_not_there_or_by_less_than_an_admin(asked, person):
    ada = await person(ADA)
    nobody, _ = await asked("PUT", "/operators/0b7b6d6e-0000-4000-8000-000000000000", {"role": "viewer"})
    absent, _ = await asked("DELETE", f"/operators/{ada}")
    keys = [(await asked("POST", "/keys", {"role": role, "name": role}))[1]["key"] for role in ("viewer", "operator")]
    lower = [(await asked(method, f"/operators/{ada}", body, key=key))[0] for key in keys for method, body in WRITES]

    assert (404, 404) == (nobody, absent)
    assert [403] * 4 == lower


WRITES = (("PUT", {"role": "viewer"}), ("DELETE", None))


async def test_whom_a_lower_role_signed_out_or_failed_to_change_is_not_in_doubt(asked, person, rooms):
    ada, bob = await person(ADA), await person(BOB)
    _, key = await asked("POST", "/keys", {"role": "operator", "name": "Eve's"})
    change = [{"op": "replace", "path": "/traits/email", "value": "eve@example.org"}]
    async with client_of(rooms, authorization=f"Bearer {key['key']}") as eve:
        out = await eve.delete(f"/admin/identities/{ada}/credentials/password")
        wrong = await eve.patch(f"/admin/identities/{ada}", json=[{"op": "remove", "path": "/nothing"}])
        await eve.patch(f"/admin/identities/{bob}", json=change)
    namings = [(await asked("PUT", f"/operators/{one}", {"role": "viewer"}))[0] for one in (ada, bob)]

    assert out.status_code in (204, 404, 400)
    assert 400 == wrong.status_code
    assert [200, 409] == namings


async def test_a_key_of_a_project_sees_no_operators(asked, rooms):
    project_id = rooms.installation.project.id
    _, key = await asked("POST", "/keys", {"role": "admin", "name": "p", "project_id": project_id})

    assert 403 == (await asked("GET", "/operators", key=key["key"]))[0]


async def test_the_log_of_changes_has_the_role_and_whom_but_nobodys_address(asked, person):
    ada = await person(ADA)
    await asked("PUT", f"/operators/{ada}", {"role": "viewer", "address": ADA})
    await asked("PUT", f"/operators/{ada}", {"role": "admin"})
    _, listed = await asked("GET", "/audit?path=/api/operators")
    _, entry = await asked("GET", f"/audit/{listed['entries'][0]['number']}")

    assert ("PUT", f"/api/operators/{ada}", ada) == (entry["method"], entry["path"], entry["subject"])
    assert ("viewer", "admin") == (entry["before"]["role"], entry["after"]["role"])
    assert ADA not in str(entry)


async def test_whoever_is_deleted_is_no_operator_any_more(asked, person, rooms):
    ada = await person(ADA)
    await asked("PUT", f"/operators/{ada}", {"role": "viewer"})
    async with client_of(rooms, authorization="Bearer token") as client:
        await client.delete(f"/admin/identities/{ada}")

    assert [] == (await asked("GET", "/operators"))[1]["operators"]
    assert 404 == (await asked("GET", f"/operators/{ada}"))[0]


async def test_there_is_an_end_to_how_many(asked, person, rooms):
    project_id, now_ms = rooms.installation.project.id, epoch_ms(rooms.clock.now())
    row = {"project_id": project_id, "schema_id": "preset://email", "state": "active", "traits": "{}"}
    row |= {"state_changed_at_ms": now_ms, "created_at_ms": now_ms, "updated_at_ms": now_ms}
    ids = [f"p{number}" for number in range(operators.MAX_OPERATORS)]

    def fill(connection):
        connection.execute(insert(tables.identities), [{**row, "id": id_} for id_ in ids])
        for id_ in ids:
            operators.name(connection, id_, role="viewer", named_by="local", clock=rooms.clock)

    await rooms.database.write(fill)
    status, said = await asked("PUT", f"/operators/{await person(ADA)}", {"role": "viewer"})
    changed, _ = await asked("PUT", "/operators/p1", {"role": "admin"})

    assert (409, 200) == (status, changed)
    assert "500 operators" in said["error"]["reason"]
