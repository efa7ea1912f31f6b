"""Destinations that change: what is stored, and from which event on it holds."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.workspace import destinations, sources
from headwater.workspace.configuration import FilterRule, MappingRule, Routing
from headwater.workspace.destinations import MAX_PAUSES, DestinationChange

SEALER = Sealer(b"k" * 32)


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
def database(tmp_path):
    opened = fresh_database(tmp_path / "core.db")
    yield opened
    opened.close()


@pytest.fixture
async def made(database, clock):
    def create(connection):
        for name in ("web", "shop"):
            sources.create(connection, name, kind="website", clock=clock)
        return destinations.create(
            connection,
            "webhook",
            name="CRM",
            source_slugs=["web"],
            settings={"url": "https://crm.test/", "shared_secret": "hush-hush"},
            start_offset=10,
            clock=clock,
            sealer=SEALER,
        )

    return await database.write(create)


@pytest.fixture
def changed(database, made):
    async def change(newest_offset=100, **values):
        return await database.write(
            lambda c: destinations.update_destination(
                c, made.id, DestinationChange(**values), newest_offset=newest_offset, sealer=SEALER
            )
        )

    return change


async def test_what_is_not_named_stays(changed, made):
    found = await changed(name="Mail")

    assert ("Mail", made.settings, made.source_ids, True) == (
        found.name,
        found.settings,
        found.source_ids,
        found.enabled,
    )


async def test_a_pause_is_from_the_last_event_before_it_to_the_last_one_in_it(changed):
    off = await changed(20, enabled=False)
    again = await changed(25, enabled=False)
    on = await changed(30, enabled=True)

    assert ((20, None),) == off.pauses == again.pauses
    assert ((20, 30),) == on.pauses
    assert [False, True, True, False] == [on.is_paused_at(offset) for offset in (20, 21, 30, 31)]


async def test_a_pause_in_which_nothing_happened_leaves_nothing(changed):
    await changed(20, enabled=False)

    assert () == (await changed(20, enabled=True)).pauses


async def test_only_so_many_pauses_are_remembered(changed):
    for number in range(MAX_PAUSES + 5):
        await changed(10 * number, enabled=False)
        last = await changed(10 * number + 5, enabled=True)

    assert MAX_PAUSES == len(last.pauses)
    assert (10 * number, 10 * number + 5) == last.pauses[-1]


async def test_a_source_is_connected_from_now_on_and_one_that_stays_as_before(changed, database, made):
    found = await changed(50, sources=["web", "shop"])
    [shop] = [one.id for one in await database.read(sources.living) if one.slug == "shop"]

    assert {made.source_ids[0]: 10, shop: 50} == found.connected_at
    assert (shop,) == (await changed(60, sources=["shop"])).source_ids


async def test_a_deleted_source_stays_where_it_is_and_is_connected_nowhere_anew(changed, database, clock, made):
    await database.write(lambda c: sources.delete_source(c, "web", clock=clock))
    await database.write(lambda c: sources.delete_source(c, "shop", clock=clock))

    assert made.source_ids == (await changed(sources=["web"])).source_ids
    with pytest.raises(ConflictError, match="'shop' was deleted"):
        await changed(sources=["web", "shop"])


async def test_a_deleted_one_is_gone_for_whoever_delivers_and_there_for_whoever_asks_what_was(database, clock, made):
    def delete(connection):
        return destinations.delete_destination(connection, made.id, newest_offset=70, clock=clock, sealer=SEALER)

    await database.write(delete)
    [once] = await database.read(lambda c: destinations.ever(c, sealer=SEALER))

    assert [] == await database.read(lambda c: destinations.every(c, sealer=SEALER))
    assert ("CRM", {}, 70, made.source_ids) == (once.name, once.settings, once.end_offset, once.source_ids)
    for again in (delete, lambda c: destinations.get(c, made.id, sealer=SEALER)):
        with pytest.raises(NotFoundError, match="was deleted at 2026-11-23"):
            await database.write(again)


@pytest.mark.parametrize("name", ["", "  ", "n" * 129])
async def test_refuses_a_name_that_is_none(changed, name):
    with pytest.raises(BadRequestError, match="name has at least one character"):
        await changed(name=name)


ROUTING = Routing(
    mode="shadow",
    order="per-user",
    mappings=(MappingRule(template={"id": {"@path": "$.userId"}}, name="ids", trigger='type = "track"'),),
    filters=(FilterRule(fql="all", action="allow_properties", fields={"": ["userId"]}),),
    requests_per_second=0.5,
    concurrency=3,
)


async def test_a_routing_is_kept_as_it_was_given_and_stays_where_something_else_changes(changed):
    assert ROUTING == (await changed(routing=ROUTING)).routing
    assert ROUTING == (await changed(name="Mail")).routing


async def test_a_destination_is_created_with_its_routing_and_without_one_it_is_the_kinds(database, made, clock):
    routed = await database.write(
        lambda c: destinations.create(
            c,
            "webhook",
            name="CRM",
            source_slugs=["web"],
            settings={},
            start_offset=0,
            clock=clock,
            sealer=SEALER,
            routing=ROUTING,
        )
    )

    assert (Routing(), ROUTING) == (made.routing, routed.routing)


async def test_a_deleted_destination_has_no_routing_left(database, made, changed, clock):
    await changed(routing=ROUTING)
    await database.write(
        lambda c: destinations.delete_destination(c, made.id, newest_offset=100, clock=clock, sealer=SEALER)
    )
    kept = await database.read(lambda c: c.execute(select(tables.destinations.c.routing)).scalar_one())

    assert "@path" not in kept
