"""People who come into the console by their account: in, as what they are now, and out."""

import httpx
import pytest
from console_floor import console_on, query_of
from console_people import ACCOUNT, SESSION, come, come_in, log_in, named, person
from sqlalchemy import select, update

from headwater.api.app import build
from headwater.console.accounts import Person
from headwater.console.asking import Api
from headwater.store import tables
from headwater.web.access import Principal
from headwater.wiring import consoling
from headwater.wiring.console_accounts import RECENT_MS

ADA = "ada@example.org"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def test_a_person_comes_in_by_their_account_and_goes_on_where_they_wanted(floor):
    visitor = floor.visitor()
    before = await visitor.see("/console/sign-in")
    await named(floor, ADA, "operator")
    offered = await visitor.see("/console/sign-in?next=/console/sources")
    await visitor.see(f"{ACCOUNT}?next=/console/sources")
    login = visitor.at
    asked = await log_in(visitor, ADA)
    back = visitor.at
    words = await visitor.send(f"{ACCOUNT}?next=/console/sources")

    assert "your account" not in before
    assert "Sign in with your account" in offered
    assert "/ui/login" == login
    assert (ACCOUNT, True) == (back, f"{ADA} . Its role is operator" in asked)
    assert ("/console/sources", 200) == (visitor.at, visitor.status)
    assert f"{ADA} operator" in words
    assert "New source" not in words  # for admins


async def test_who_is_no_operator_is_told_who_makes_one(floor):
    await named(floor)
    await person(floor, "eve@example.org")
    eve = floor.visitor()
    await eve.see(ACCOUNT)
    words = await log_in(eve, "eve@example.org")
    await eve.send(ACCOUNT, csrf="0" * 64)

    assert (ACCOUNT, 403) == (eve.at, eve.status)
    assert "headwater create operator" in words
    assert "headwater_console" not in eve.client.cookies


async def test_somebodys_role_is_what_it_is_now(floor):
    ada_id = await named(floor, ADA, "admin")
    ada = await come(floor, ADA)
    await ada.see("/console/sources/new")
    may = ada.status
    await floor.api("PUT", f"/api/operators/{ada_id}", json={"role": "viewer"})
    words = await ada.send("/console/sources", name="Late", kind="http-api")
    may_not = ada.status
    await floor.api("DELETE", f"/api/operators/{ada_id}")
    await ada.see("/console")

    assert (200, 403) == (may, may_not)
    assert "sources.write needs admin" in words
    assert "/console/sign-in" == ada.at


async def test_whoever_is_revoked_disabled_or_deleted_is_out_at_once(floor):
    outs = {
        "ada": lambda id_: floor.api("DELETE", f"/admin/identities/{id_}/sessions"),
        "bob": lambda id_: floor.api(
            "PATCH", f"/admin/identities/{id_}", json=[{"op": "replace", "path": "/state", "value": "inactive"}]
        ),
        "eve": lambda id_: floor.api("DELETE", f"/admin/identities/{id_}"),
    }
    for name, out in outs.items():
        identity_id = await named(floor, f"{name}@example.org")
        operator = await come(floor, f"{name}@example.org")
        inside = operator.at
        await out(identity_id)
        await operator.see("/console")

        assert ("/console", "/console/sign-in") == (inside, operator.at), name
    assert {"ada", "bob"} == {
        one["name"].partition("@")[0] for one in (await floor.api("GET", "/api/operators"))["operators"]
    }


async def test_signing_out_ends_the_account_s_session_too(floor):
    ada = await come_in(floor, "viewer")
    session = ada.client.cookies[SESSION]
    await ada.send("/console/sign-out")
    out = ada.at
    answer = await floor.visitor(cookie=f"{SESSION}={session}").client.get("/sessions/whoami")

    assert "/console/sign-in" == out
    assert 401 == answer.status_code


async def test_who_proved_it_long_ago_proves_it_again(floor):
    ada_id = await named(floor)
    ada = floor.visitor()
    await ada.see(ACCOUNT)
    await log_in(ada, ADA)
    table = tables.sessions
    older = table.c.authenticated_at_ms - RECENT_MS - 1
    aged = update(table).where(table.c.identity_id == ada_id).values(authenticated_at_ms=older)
    await floor.rooms.database.write(lambda connection: connection.execute(aged))
    await ada.send(ACCOUNT)
    sent_to, has_cookie = ada.at, "headwater_console" in ada.client.cookies
    await ada.see(ACCOUNT)
    await log_in(ada, ADA)
    await ada.send(ACCOUNT)

    assert ("/ui/login", False) == (sent_to, has_cookie)
    assert "/console" == ada.at


class HalfSure:
    """Accounts of which a browser has one, whose second factor was not asked for."""

    async def are_offered(self):
        return True

    async def signed_in(self, _request):
        return Person(
            identity_id="i1", session_id="s1", name=ADA, role="admin", word="w", is_recent=True, is_sure=False
        )

    async def principal(self, _identity_id, _session_id):
        return None

    async def sign_out(self, _identity_id, _session_id):
        raise AssertionError


async def test_who_has_a_second_factor_proves_that_too(floor):
    rooms = floor.rooms
    router = consoling.router(
        database=rooms.database,
        clock=rooms.clock,
        authenticate=None,
        app=lambda: rooms.door,
        home="http://127.0.0.1",
        accounts=HalfSure(),
    )
    transport = httpx.ASGITransport(app=build([router], authenticate=None, expose_admin=False), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        shown, entered = await client.get(ACCOUNT), await client.post(ACCOUNT, data={"csrf": "w"})

    for answer in (shown, entered):
        assert "/self-service/login/browser?" in answer.headers["location"]
        assert ["aal2"] == query_of(answer.headers["location"])["aal"]
        assert "set-cookie" not in answer.headers


async def test_who_did_what_stands_in_the_audit_log_by_name(floor):
    ada_id = await named(floor, ADA, "admin")
    ada = await come(floor, ADA)
    await ada.see("/console/sources/new")
    await ada.send("/console/sources", name="Website", kind="http-api")
    [entry] = (await floor.api("GET", f"/api/audit?who={ada_id}"))["entries"]

    assert ("POST", "/api/sources", "console") == (entry["method"], entry["path"], entry["via"])
    assert {"id": ada_id, "name": ADA, "role": "admin"} == entry["who"]


async def test_the_name_of_who_is_deleted_is_nowhere_in_what_they_did(floor):
    ada_id = await named(floor, ADA, "admin")
    project = (await floor.api("GET", "/projects"))[0]["id"]
    change = [{"op": "replace", "path": "/name", "value": "Mine"}]
    principal = Principal(key_id=ada_id, role="admin", name=ADA, via="console")
    api = Api(lambda: floor.rooms.door, host="127.0.0.1", principal=principal)
    await api.patch(f"/projects/{project}", change)
    await api.post("/api/saved-queries", {"name": "Orders", "sql": "SELECT 1"})
    lists = ("/api/audit", "/api/saved-queries", f"/projects/{project}/revisions")
    before = [str(await floor.api("GET", path)) for path in lists]
    await floor.api("DELETE", f"/admin/identities/{ada_id}")
    after = [str(await floor.api("GET", path)) for path in lists]
    tables_of = await floor.rooms.database.read(dumped)

    assert [(True, False)] * 3 == [(ADA in old, ADA in new) for old, new in zip(before, after, strict=True)]
    assert [True] * 3 == [ada_id in one for one in after]
    assert ADA not in tables_of


def dumped(connection):
    """Return all that the tables hold which may keep somebody's name, as text."""
    kept = (tables.audit, tables.revisions, tables.saved_queries)
    return str([[tuple(row) for row in connection.execute(select(one))] for one in kept])


async def test_what_nobody_verified_is_no_name(floor):
    ada_id = await person(floor, "boss@example.org", is_verified=False)
    await floor.api("PUT", f"/api/operators/{ada_id}", json={"role": "viewer"})
    ada = await come(floor, "boss@example.org")

    assert f"{ada_id} viewer" in ada.words
    assert "boss@example.org" not in ada.words
