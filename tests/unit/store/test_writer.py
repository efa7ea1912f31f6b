"""What waits for the writer is committed together, each part of it whole, and nobody is told of what isn't there."""

import asyncio
import threading

import pytest
from sqlalchemy import insert, select

from fresh_database import fresh_database
from headwater.store import tables
from headwater.store.database import Database, announce, sqlite_url
from headwater.store.errors import DatabaseError

NORMAL, FULL = 1, 2


@pytest.fixture
def database(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield database
    database.close()


def note(name):
    return lambda connection: connection.execute(insert(tables.outbox).values(record=name.encode()))


def failing_after(name):
    def transaction(connection):
        note(name)(connection)
        raise KeyError(name)

    return transaction


def synchronous(connection):
    return connection.exec_driver_sql("PRAGMA synchronous").scalar()


async def noted(database):
    rows = await database.read(lambda connection: connection.execute(select(tables.outbox.c.record)).scalars().all())
    return [row.decode() for row in rows]


class Crowd:
    """Transactions that come while the writer has its hands full, and what that connection runs meanwhile."""

    def __init__(self, database):
        self._database = database
        self._is_over = threading.Event()
        self.seen = []

    async def write(self, *transactions, hasty=()):
        """Run them together, and return how each ended; the `hasty` ones, which come first, wait for no disk."""
        loop, is_begun = asyncio.get_running_loop(), asyncio.Event()

        def hold(connection):
            connection.connection.driver_connection.set_trace_callback(self.seen.append)
            loop.call_soon_threadsafe(is_begun.set)
            self._is_over.wait()

        first = asyncio.create_task(self._database.write(hold))
        await is_begun.wait()
        self.seen.clear()
        asked = [self._database.write(one, survives_power_cut=False) for one in hasty]
        asked += [self._database.write(one) for one in transactions]
        waiting = [asyncio.create_task(one) for one in asked]
        await asyncio.sleep(0)  # each is in line
        self._is_over.set()
        await first
        return await asyncio.gather(*waiting, return_exceptions=True)

    @property
    def commits(self):
        return self.seen.count("COMMIT") - 1  # the one that held them up


@pytest.fixture
def crowd(database):
    return Crowd(database)


async def test_whoever_comes_while_a_commit_is_under_way_shares_the_next(database, crowd):
    await crowd.write(note("ada"), note("grace"), note("edsger"))

    assert 1 == crowd.commits
    assert ["ada", "grace", "edsger"] == await noted(database)


async def test_one_that_fails_in_company_fails_alone_and_leaves_nothing(database, crowd):
    ada, mallory, grace = await crowd.write(note("ada"), failing_after("mallory"), note("grace"))

    assert isinstance(mallory, KeyError)
    assert not isinstance(ada, Exception)
    assert not isinstance(grace, Exception)
    assert ["ada", "grace"] == await noted(database)


async def test_one_whose_savepoint_failed_in_company_can_go_on(database, crowd):
    def twice(connection):
        with pytest.raises(KeyError), connection.begin_nested():
            failing_after("mallory")(connection)
        note("ada")(connection)

    await crowd.write(twice, note("grace"))

    assert ["ada", "grace"] == await noted(database)


async def test_each_hears_what_it_announced_and_not_what_its_neighbours_did(database, crowd):
    heard = []

    async def listen(topic):
        heard.append(topic)

    def broken(connection):
        announce(connection, "never")
        raise KeyError

    database.on_commit(listen)
    await crowd.write(lambda connection: announce(connection, "once"), broken, note("ada"))

    assert ["once"] == heard


async def test_when_the_disk_is_full_nobody_is_told_that_their_change_is_there(database, crowd):
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 80"))
    names = ["ada", "x" * 2_000_000, "grace"]
    endings = await crowd.write(*map(note, names))

    assert isinstance(endings[1], DatabaseError)
    told = [name for name, end in zip(names, endings, strict=True) if not isinstance(end, Exception)]
    assert told == await noted(database)


async def test_a_commit_that_fails_fails_for_all_who_share_it(database, crowd):
    def orphan(connection):
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.execute(
            insert(tables.flows).values(id="f", project_id="none", kind="x", document="", expires_at_ms=1)
        )

    endings = await crowd.write(note("ada"), orphan)

    assert all(isinstance(end, Exception) for end in endings), endings
    assert [] == await noted(database)
    await database.write(note("grace"))
    assert ["grace"] == await noted(database)


async def test_whoever_gives_up_waiting_changes_nothing(database, crowd):
    async def impatient():
        task = asyncio.create_task(database.write(note("mallory")))
        await asyncio.sleep(0)
        task.cancel()

    def meanwhile(_connection):
        asyncio.run_coroutine_threadsafe(impatient(), loop).result()

    loop = asyncio.get_running_loop()
    await crowd.write(meanwhile)
    await database.write(note("ada"))

    assert ["ada"] == await noted(database)


async def test_what_need_not_survive_a_power_cut_does_not_wait_for_the_disk_and_the_next_does(database):
    assert [NORMAL, FULL, NORMAL] == [
        await database.write(synchronous, survives_power_cut=survives) for survives in (False, True, False)
    ]


async def test_in_company_of_one_that_waits_for_the_disk_all_wait(database, crowd):
    assert [FULL, FULL] == await crowd.write(synchronous, hasty=[synchronous])
    assert NORMAL == await database.write(synchronous, survives_power_cut=False)


async def test_without_the_disk_it_is_there_for_everybody_at_once(database):
    await database.write(note("ada"), survives_power_cut=False)

    assert ["ada"] == await noted(database)


async def test_a_closed_database_says_so_rather_than_wait_for_ever(tmp_path):
    database = Database(sqlite_url(tmp_path / "core.db"))
    database.close()

    with pytest.raises(RuntimeError, match="closed"):
        await database.write(note("ada"))
