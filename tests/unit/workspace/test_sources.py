"""A source's life: changed, switched off, given new keys, deleted, and still there for whoever names its events."""

from datetime import UTC, datetime

import pytest
from msgspec import UNSET

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.workspace import destinations, sources, write_keys
from headwater.workspace.sources import SourceChange


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
async def database(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield database
    database.close()


@pytest.fixture
async def website(database, clock):
    return await database.write(lambda c: sources.create(c, "Website", kind="website", clock=clock))


def update(**change):
    return lambda connection: sources.update_source(connection, "website", SourceChange(**change))


async def test_a_source_is_lenient_and_unlimited_unless_it_was_made_otherwise(database, clock, website):
    made = await database.write(
        lambda c: sources.create(c, "api", kind="server", strict=True, rate_limit=50, clock=clock)
    )

    assert (False, None, None) == (website.strict, website.rate_limit, website.deleted_at_ms)
    assert (True, 50, made) == (made.strict, made.rate_limit, await database.read(lambda c: sources.get(c, "api")))


async def test_a_change_touches_what_it_names_and_the_slug_never(database, website):
    renamed = await database.write(update(name="The Shop"))
    limited = await database.write(update(strict=True, rate_limit=7, enabled=False))
    free = await database.write(update(rate_limit=None))
    zero = await database.write(update(rate_limit=0, enabled=True))

    assert ("website", "The Shop", False, None, True) == (
        renamed.slug,
        renamed.name,
        renamed.strict,
        renamed.rate_limit,
        renamed.enabled,
    )
    assert (True, 7, False, "The Shop") == (limited.strict, limited.rate_limit, limited.enabled, limited.name)
    assert (None, True, False) == (free.rate_limit, free.strict, free.enabled)
    assert (None, True) == (zero.rate_limit, zero.enabled)


@pytest.mark.parametrize(
    "change", [{}, {"name": ""}, {"name": "x" * 129}, {"rate_limit": -1}, {"rate_limit": 2**40}, {"name": UNSET}]
)
async def test_a_change_that_says_nothing_or_nonsense_is_refused(database, website, change):
    with pytest.raises(BadRequestError):
        await database.write(update(**change))

    assert website == await database.read(lambda c: sources.get(c, "website"))


async def test_every_change_is_announced_so_that_running_rooms_hear_of_it(database, clock):
    heard = []

    async def listen(topic):
        heard.append(topic)

    database.on_commit(listen)
    await database.write(lambda c: sources.create(c, "website", kind="website", clock=clock))
    key = await database.write(lambda c: write_keys.create(c, "website", clock=clock))
    await database.write(update(enabled=False))
    await database.write(lambda c: write_keys.delete_key(c, "website", key.id))
    await database.write(lambda c: sources.delete_source(c, "website", clock=clock))

    assert [sources.TOPIC] * 5 == heard


async def test_a_deleted_source_loses_its_keys_and_is_listed_only_where_old_events_are_named(database, clock, website):
    clock.advance(60)
    gone = await database.write(lambda c: sources.delete_source(c, "website", clock=clock))
    living, every, found = await database.read(
        lambda c: (sources.living(c), sources.every(c), sources.get(c, "website"))
    )

    assert ((), website.created_at_ms + 60_000) == (gone.write_keys, gone.deleted_at_ms)
    assert ([], [gone], gone) == (living, every, found)


@pytest.mark.parametrize(
    "verb",
    [
        lambda c, _clock: sources.update_source(c, "website", SourceChange(enabled=True)),
        lambda c, clock: sources.delete_source(c, "website", clock=clock),
        lambda c, clock: write_keys.create(c, "website", clock=clock),
        lambda c, _clock: write_keys.delete_key(c, "website", "wk_1"),
        lambda c, clock: destinations.create(
            c,
            "webhook",
            name="w",
            source_slugs=["website"],
            settings={},
            start_offset=0,
            clock=clock,
            sealer=Sealer(b"k" * 32),
        ),
    ],
)
async def test_nothing_brings_a_deleted_source_back(database, clock, website, verb):
    gone = await database.write(lambda c: sources.delete_source(c, "website", clock=clock))

    with pytest.raises(ConflictError, match="was deleted at 2026-11-23"):
        await database.write(lambda c: verb(c, clock))
    assert gone == await database.read(lambda c: sources.get(c, "website"))


async def test_the_slug_of_a_deleted_source_is_not_given_to_a_stranger(database, clock, website):
    await database.write(lambda c: sources.delete_source(c, "website", clock=clock))

    with pytest.raises(ConflictError, match=r"deleted at .*choose another"):
        await database.write(lambda c: sources.create(c, "website", kind="website", clock=clock))


async def test_a_destination_keeps_a_deleted_source_to_drain_what_is_logged(database, clock, website):
    sealer = Sealer(b"k" * 32)
    made = await database.write(
        lambda c: destinations.create(
            c,
            "webhook",
            name="w",
            source_slugs=["website"],
            settings={},
            start_offset=0,
            clock=clock,
            sealer=sealer,
        )
    )
    await database.write(lambda c: sources.delete_source(c, "website", clock=clock))

    assert [made] == await database.read(lambda c: destinations.every(c, sealer=sealer))
    assert (website.id,) == made.source_ids


async def test_a_key_is_changed_by_making_one_and_deleting_the_other(database, clock, website):
    clock.advance(1)
    (old,) = website.write_keys
    new = await database.write(lambda c: write_keys.create(c, "website", clock=clock))
    both = await database.read(lambda c: sources.get(c, "website"))
    await database.write(lambda c: write_keys.delete_key(c, "website", old.id))
    left = await database.read(lambda c: sources.get(c, "website"))

    assert (old, new) == both.write_keys
    assert (new,) == left.write_keys
    assert new.key != old.key


async def test_the_last_key_of_a_source_can_not_be_deleted_by_accident(database, website):
    with pytest.raises(ConflictError, match="Make a new one first"):
        await database.write(lambda c: write_keys.delete_key(c, "website", website.write_keys[0].id))


async def test_a_key_of_another_source_is_out_of_reach(database, clock, website):
    other = await database.write(lambda c: sources.create(c, "other", kind="server", clock=clock))
    await database.write(lambda c: write_keys.create(c, "website", clock=clock))

    with pytest.raises(NotFoundError, match="list write-keys website"):
        await database.write(lambda c: write_keys.delete_key(c, "website", other.write_keys[0].id))


async def test_an_eleventh_key_is_refused(database, clock, website):
    for _ in range(write_keys.MAX_KEYS - 1):
        await database.write(lambda c: write_keys.create(c, "website", clock=clock))

    with pytest.raises(ConflictError, match="10 write keys"):
        await database.write(lambda c: write_keys.create(c, "website", clock=clock))
