"""The page of operators: people are named by an address or id, given other roles and removed; for admins."""

import pytest
from console_floor import console_on
from console_people import asked, named, person
from sqlalchemy import insert, select

from headwater.console.pages.operators import SHOWN
from headwater.store import tables
from headwater.workspace import operators

ADA = "ada@example.org"
PATH = "/console/keys/operators"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def roles(floor):
    return {one["name"]: one["role"] for one in (await floor.api("GET", "/api/operators"))["operators"]}


async def test_people_are_named_by_address_given_another_role_and_removed(floor):
    ada_id = await person(floor, ADA)
    admin = await floor.operator()
    await admin.see("/console/keys")
    has_link = PATH in admin.html
    await admin.see(PATH)
    words = await admin.send(PATH, who=ADA, role="viewer")
    first = await roles(floor)
    await admin.send(PATH, who=ada_id, role="operator")
    second = await roles(floor)
    gone = await admin.send(f"{PATH}/{ada_id}/remove")

    assert has_link
    assert "They may come in by their account" in words
    assert ({ADA: "viewer"}, {ADA: "operator"}, {}) == (first, second, await roles(floor))
    assert "Nobody yet" in gone


@pytest.mark.parametrize("who", ["nobody@example.org", "unverified@example.org", "no-id", ""])
async def test_refuses_whom_nobody_knows_at_the_field_with_what_was_typed_kept(floor, who):
    await person(floor, "unverified@example.org", is_verified=False)
    admin = await floor.operator()
    await admin.see(PATH)
    await admin.send(PATH, who=who, role="operator")

    assert admin.status in (400, 404)
    assert 'aria-describedby="who-problem"' in admin.html
    assert f'value="{who}"' in admin.html
    assert "<option selected>operator" in admin.html
    assert {} == await roles(floor)


async def test_refuses_an_address_that_several_sign_in_with_and_names_them(floor):
    ada_id, bob_id = await person(floor, ADA), await person(floor, "bob@example.org")
    his = select(tables.credentials.c.id).where(tables.credentials.c.identity_id == bob_id)
    elsewhere = {"project_id": floor.rooms.installation.project.id, "type": "oidc", "identifier": ADA}
    await floor.rooms.database.write(
        lambda connection: connection.execute(
            insert(tables.identifiers).values(**elsewhere, credential_id=connection.execute(his.limit(1)).scalar_one())
        )
    )
    admin = await floor.operator()
    await admin.see(PATH)
    words = await admin.send(PATH, who=ADA, role="operator")

    assert 409 == admin.status
    assert f"2 people sign in as {ADA}" in words
    assert (True, True) == (ada_id in words, bob_id in words)
    assert {} == await roles(floor)


async def test_somebody_in_doubt_is_named_only_by_who_says_so(floor):
    _, token = await floor.key("operator")
    wish = {"schema_id": "preset://email", "traits": {"email": ADA}}
    made = (await asked(floor, token, "POST", "/admin/identities", json=wish)).json()
    admin = await floor.operator()
    await admin.see(f"/console/identities/{made['id']}")
    offered = f"{PATH}?who={made['id']}" in admin.html
    await admin.see(f"{PATH}?who={made['id']}")
    asks_first = 'name="anyway"' in admin.html
    words = await admin.send(PATH, who=made["id"], role="viewer")
    refused = await roles(floor)
    await admin.send(PATH, who=made["id"], role="viewer", anyway="on")

    assert (True, False) == (offered, asks_first)
    assert "operator's made or changed this account" in words
    assert 'name="anyway"' not in admin.html
    assert ({}, {made["id"]: "viewer"}) == (refused, await roles(floor))


async def test_others_see_who_is_one_and_change_nothing(floor):
    ada_id = await named(floor)
    viewer = await floor.operator("viewer")
    words = await viewer.see(PATH)
    offered = "Name them" in words or "/remove" in viewer.html
    await viewer.see("/console/sources/new")
    await viewer.send(PATH, who=ada_id, role="admin")
    naming = viewer.status
    await viewer.see("/console/sources/new")
    await viewer.send(f"{PATH}/{ada_id}/remove")

    assert ADA in words
    assert (False, 403, 403) == (offered, naming, viewer.status)
    assert {ADA: "viewer"} == await roles(floor)


async def test_a_long_list_goes_on_page_by_page(floor):
    rows = [{"create": {"schema_id": "preset://email", "traits": {"email": f"p{n}@x.org"}}} for n in range(SHOWN + 1)]
    made = (await floor.api("PATCH", "/admin/identities", json={"identities": rows}))["identities"]

    def name(connection):
        for one in made:
            operators.name(connection, one["identity"], role="viewer", named_by="local", clock=floor.rooms.clock)

    await floor.rooms.database.write(name)
    viewer = await floor.operator("viewer")
    await viewer.see(PATH)
    first = viewer.html.count("/console/identities/")
    more = viewer.html.partition('class="pages"')[2].partition('href="')[2].partition('"')[0]
    await viewer.see(more)

    assert (SHOWN, 1) == (first, viewer.html.count("/console/identities/"))
    assert 'class="pages"' not in viewer.html
