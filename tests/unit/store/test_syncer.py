"""What the event loop has written is answered when the disk has it; a disk that failed once is believed no more."""

import asyncio
import os
import threading

import pytest
from sqlalchemy import insert, select

from fresh_database import put_fresh_core
from headwater.store import tables
from headwater.store.database import Database, sqlite_url
from headwater.store.errors import DatabaseError


class Disk:
    """A real one, which can be slow, or fail."""

    def __init__(self):
        self.syncs = 0
        self.is_broken = False
        self.free = threading.Event()
        self.free.set()

    def sync(self, file):
        self.free.wait()
        self.syncs += 1
        if self.is_broken:
            raise OSError("the disk is gone")
        os.fsync(file)


@pytest.fixture
def disk():
    disk = Disk()
    yield disk
    disk.free.set()


@pytest.fixture
def database(tmp_path, disk):
    put_fresh_core(tmp_path / "core.db")
    database = Database(sqlite_url(tmp_path / "core.db"), sync=disk.sync)
    yield database
    disk.free.set()
    database.close()


def note(name):
    return lambda connection: connection.execute(insert(tables.outbox).values(record=name.encode()))


def noting_where(name):
    def transaction(connection):
        note(name)(connection)
        return threading.current_thread()

    return transaction


async def noted(database):
    rows = await database.read(lambda connection: connection.execute(select(tables.outbox.c.record)).scalars().all())
    return [row.decode() for row in rows]


async def begun(*writes):
    tasks = [asyncio.create_task(write) for write in writes]
    await asyncio.sleep(0)
    return tasks


async def test_what_is_small_is_written_on_the_event_loop_and_is_on_the_disk_when_it_is_answered(database, disk):
    disk.free.clear()
    (writing,) = await begun(database.write(noting_where("ada"), is_small=True))
    seen, is_answered = await noted(database), writing.done()
    disk.free.set()

    assert (["ada"], False) == (seen, is_answered)
    assert threading.current_thread() is await writing
    assert 1 == disk.syncs


async def test_who_writes_during_a_sync_waits_for_the_next_and_all_of_them_for_the_same(database, disk):
    disk.free.clear()
    writing = await begun(*(database.write(note(name), is_small=True) for name in ("ada", "grace", "mary")))
    disk.free.set()
    await asyncio.gather(*writing)

    assert ["ada", "grace", "mary"] == await noted(database)
    assert 2 == disk.syncs


async def test_what_needs_no_disk_asks_none(database, disk):
    await database.write(note("ada"), survives_power_cut=False)

    assert 0 == disk.syncs


async def test_who_acts_on_what_others_wrote_can_wait_until_it_is_sure(database, disk):
    await database.write(note("ada"), survives_power_cut=False)
    await database.synced()

    assert 1 == disk.syncs


async def test_nobody_is_answered_by_a_disk_that_failed_nor_by_anything_after_it(database, disk):
    """What it did not keep may lie below all that is written later, and its next sync would say that all is well."""
    disk.is_broken = True
    with pytest.raises(DatabaseError):
        await database.write(note("ada"), is_small=True)
    disk.is_broken = False

    for hurry in ({"is_small": True}, {"survives_power_cut": False}, {}):
        with pytest.raises(DatabaseError):
            await database.write(note("grace"), **hurry)
    assert ["ada"] == await noted(database)


async def test_one_statement_is_whole_without_a_transaction_and_leaves_none_open(database):
    await database.write(note("ada"), survives_power_cut=False, is_one_statement=True)
    await database.write(note("grace"))

    assert ["ada", "grace"] == await noted(database)


async def test_a_closed_database_has_no_disk_to_wait_for(database):
    await database.write(note("ada"), is_small=True)
    database.close()

    with pytest.raises(RuntimeError, match="closed"):
        await database.synced()
