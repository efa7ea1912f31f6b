"""Who may not be processed: kept once, found at once, and ruled out from memory for nearly everybody else."""

from datetime import UTC, datetime

import pytest

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.core.errors import BadRequestError
from headwater.store.database import Database
from headwater.workspace import suppressions
from headwater.workspace.sieve import Sieve
from headwater.workspace.suppressed import SuppressedUsers

CLOCK = ManualClock(datetime(2026, 11, 29, tzinfo=UTC))


class Counting(Database):
    """A real database that counts how often it is read."""

    reads = 0

    async def read(self, query):
        self.reads += 1
        return await super().read(query)


@pytest.fixture
def database(tmp_path):
    fresh_database(tmp_path / "core.db").close()
    opened = Counting(f"sqlite:///{tmp_path / 'core.db'}")
    yield opened
    opened.close()


async def add(database, *user_ids):
    return await database.write(lambda connection: suppressions.add(connection, user_ids, clock=CLOCK))


async def remove(database, *user_ids):
    return await database.write(lambda connection: suppressions.remove(connection, user_ids))


async def test_who_is_on_the_list_already_is_not_put_there_twice(database):
    assert 2 == await add(database, "ada", "mallory", "ada")
    assert 1 == await add(database, "ada", "grace")

    newest = await database.read(lambda connection: suppressions.newest(connection, before=None, limit=10))
    assert ["grace", "mallory", "ada"] == [one.user_id for one in newest]
    older = await database.read(lambda connection: suppressions.newest(connection, before=newest[0].id, limit=1))
    assert ["mallory"] == [one.user_id for one in older]


async def test_ids_match_exactly(database):
    await add(database, "Ada", " ada")
    users = SuppressedUsers(database)
    await users.reload()

    assert frozenset({"Ada", " ada"}) == await users.among(["ada", "Ada", " ada", "ada ", "", None])


async def test_who_leaves_the_list_may_be_processed_again_without_a_reload(database):
    await add(database, "ada", "grace")
    users = SuppressedUsers(database)
    await users.reload()

    assert 1 == await remove(database, "ada", "never there")
    assert frozenset({"grace"}) == await users.among(["ada", "grace"])


async def test_an_empty_list_asks_nobody(database):
    users = SuppressedUsers(database)
    await users.reload()
    assert users.is_nobody
    database.reads = 0

    assert frozenset() == await users.among(["ada"])
    assert 0 == database.reads


async def test_a_list_that_was_emptied_is_as_good_as_none(database):
    await add(database, "ada")
    users = SuppressedUsers(database)
    await users.reload()
    assert not users.is_nobody
    await remove(database, "ada")
    await users.reload()

    assert users.is_nobody


async def test_others_are_not_looked_up(database):
    await add(database, "ada")
    users = SuppressedUsers(database)
    await users.reload()
    database.reads = 0

    assert frozenset() == await users.among(f"user-{number}" for number in range(1_000))
    assert 0 == database.reads


async def test_what_came_after_a_reload_is_in_force_after_the_next(database):
    users = SuppressedUsers(database)
    await add(database, *(f"early-{number}" for number in range(suppressions.MAX_IDS)))
    await users.reload()
    await add(database, "late")
    await users.reload()

    assert frozenset({"early-0", "early-4999", "late"}) == await users.among(["early-0", "early-4999", "late", "ada"])


@pytest.mark.parametrize(
    "user_ids",
    [[], ["ada", ""], ["x" * 513], ["a\0b"], [f"u{number}" for number in range(5_001)]],
    ids=["none", "empty", "long", "nul", "too many"],
)
async def test_refuses_what_is_no_list_of_ids(database, user_ids):
    for change in (add, remove):
        with pytest.raises(BadRequestError):
            await change(database, *user_ids)


def test_a_sieve_never_says_no_to_what_it_has_and_seldom_yes_to_others():
    sieve = Sieve()
    mine, others = [f"mine-{number}" for number in range(50_000)], [f"other-{number}" for number in range(50_000)]
    for text in mine:
        sieve.add(text)

    assert all(sieve.may_have(text) for text in mine)
    assert sum(sieve.may_have(text) for text in others) < 50  # one in a thousand; one is to be expected
