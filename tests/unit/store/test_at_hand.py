"""Small things are done on the event loop where the database is a file; nobody waits there for whoever has the file."""

import asyncio
import sqlite3
import threading
import time

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from fresh_database import fresh_database
from headwater.store import at_hand, tables
from headwater.store.database import BUSY_TIMEOUT_MS, announce
from headwater.store.errors import DatabaseError

BUSY_TIMEOUT_SECONDS = BUSY_TIMEOUT_MS / 1000
HASTILY = {"survives_power_cut": False}


@pytest.fixture
def database(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield database
    database.close()


@pytest.fixture
def another_process(tmp_path):
    """What an operator's own shell on core.db is to us."""
    connection = sqlite3.connect(tmp_path / "core.db", isolation_level=None)
    yield connection
    connection.close()


def note(name):
    return lambda connection: connection.execute(insert(tables.outbox).values(record=name and name.encode()))


def thread(_connection):
    return threading.current_thread()


async def noted(database):
    rows = await database.read(lambda connection: connection.execute(select(tables.outbox.c.record)).scalars().all())
    return [row.decode() for row in rows]


async def test_what_waits_for_no_disk_is_written_on_the_event_loop(database):
    assert threading.current_thread() is await database.write(thread, **HASTILY)
    assert threading.current_thread() is not await database.write(thread)


async def test_what_waits_for_no_disk_waits_its_turn_behind_what_does(database):
    first = asyncio.create_task(database.write(note("ada")))
    await asyncio.sleep(0)  # it is in line

    assert threading.current_thread() is not await database.write(thread, **HASTILY)
    await first


async def test_the_writer_has_a_turn_now_and_then_to_move_the_write_ahead_log(database):
    threads = [await database.write(thread, **HASTILY) for _ in range(at_hand.MOST_IN_A_ROW + 2)]

    elsewhere = [at for at, one in enumerate(threads) if one is not threading.current_thread()]
    assert [at_hand.MOST_IN_A_ROW] == elsewhere


async def test_what_fails_there_leaves_nothing_and_the_next_goes_through(database):
    def broken(connection):
        note("mallory")(connection)
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(broken, **HASTILY)
    await database.write(note("ada"), **HASTILY)

    assert ["ada"] == await noted(database)


async def test_one_statement_is_committed_by_itself(database, another_process):
    await database.write(note("ada"), **HASTILY, is_one_statement=True)

    assert [(b"ada",)] == another_process.execute("SELECT record FROM outbox").fetchall()


async def test_one_statement_that_fails_leaves_nothing(database):
    with pytest.raises(IntegrityError):
        await database.write(note(None), **HASTILY, is_one_statement=True)

    assert [] == await noted(database)


async def test_what_is_announced_there_is_heard(database):
    heard = []

    async def listen(topic):
        heard.append(topic)

    database.on_commit(listen)
    await database.write(lambda connection: announce(connection, "ada"), **HASTILY)

    assert ["ada"] == heard


@pytest.mark.parametrize("is_one_statement", [False, True])
async def test_the_event_loop_goes_on_while_somebody_else_has_the_file(database, another_process, is_one_statement):
    await database.write(note("ada"), **HASTILY)
    another_process.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    waiting = asyncio.create_task(database.write(note("grace"), **HASTILY, is_one_statement=is_one_statement))
    await asyncio.sleep(0)
    is_waiting, seconds = not waiting.done(), time.monotonic() - started
    another_process.execute("COMMIT")
    await waiting

    assert is_waiting
    assert seconds < BUSY_TIMEOUT_SECONDS
    assert ["ada", "grace"] == await noted(database)


async def test_what_cannot_be_read_on_the_event_loop_is_read_on_a_thread(database):
    """A busy file is told by the driver; here the query tells it, the first time that it is asked."""
    seen = []

    def query(connection):
        seen.append(threading.current_thread())
        if len(seen) == 1:
            raise busy()
        return "found"

    assert "found" == await database.glance(query)
    assert [threading.current_thread()] == [one for one in seen if one is threading.current_thread()]


async def test_another_failure_of_a_small_question_is_told_at_once(database):
    def query(_connection):
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(DatabaseError):
        await database.glance(query)


def busy():
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error
