"""What naming somebody an operator ends, and where the mail goes that is theirs alone."""

import pytest
from admin_stage import AdminStage, made, person, with_hash
from identity_stage import PROJECT
from sqlalchemy import insert, select

from headwater.core.clock import SystemClock
from headwater.identity.admin import operator_people
from headwater.store import tables
from headwater.workspace import operators


@pytest.fixture
async def stage(tmp_path):
    stage = await AdminStage(tmp_path).open()
    yield stage
    await stage.close()


async def changing_to(stage, identity_id, address):
    """Have somebody change their address, which waits for them to open the letter sent there."""
    session, _ = await stage.sign_in(identity_id)
    flows = [f"verification of {identity_id}", f"settings of {identity_id}"]
    flow = {"project_id": PROJECT, "kind": "settings", "document": "{}", "expires_at_ms": 0}
    row = {"project_id": PROJECT, "identity_id": identity_id, "session_id": session.id, "address": address}
    row |= {"verification_flow_id": flows[0], "settings_flow_id": flows[1], "via": "email"}
    row |= {"traits_sha256": "", "document": "{}", "created_at_ms": 0}

    def store(connection):
        connection.execute(insert(tables.flows), [{**flow, "id": one} for one in flows])
        connection.execute(insert(tables.pending_changes).values(row))

    await stage.database.write(store)


async def test_a_change_that_waits_for_a_letter_ends_with_the_naming_and_no_one_elses(stage):
    async with stage.client() as client:
        ada, bob = await made(client, person("ada@example.org")), await made(client, person("bob@example.org"))
    for one in (ada, bob):
        await changing_to(stage, one["id"], f"mallory+{one['id']}@example.org")
    await stage.database.write(lambda connection: operator_people.shut_old_doors(connection, ada["id"]))
    waiting = select(tables.pending_changes.c.identity_id)

    assert [bob["id"]] == await stage.database.read(lambda connection: connection.execute(waiting).scalars().all())


async def test_mail_to_every_address_by_which_an_operator_is_reached_or_signs_in_or_will_is_theirs(stage):
    async with stage.client() as client:
        ada, bob = await made(client, with_hash("ADA@example.org")), await made(client, person("bob@example.org"))
    for one in (ada, bob):
        await changing_to(stage, one["id"], f"New+{one['id']}@example.org")
    await stage.database.write(
        lambda connection: operators.name(connection, ada["id"], role="viewer", named_by="x", clock=SystemClock())
    )
    theirs = await stage.database.read(lambda connection: operator_people.addresses(connection, PROJECT))
    bobs = await stage.database.read(
        lambda connection: operator_people.addresses_of(connection, bob["id"], project_id=PROJECT)
    )
    elsewhere = await stage.database.read(lambda connection: operator_people.addresses(connection, "other"))

    assert {"ada@example.org", f"new+{ada['id']}@example.org"} == theirs
    assert {"bob@example.org", f"new+{bob['id']}@example.org"} == bobs
    assert set() == elsewhere
