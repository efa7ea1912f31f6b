"""core.db: what is answered is fsync'd, asked of the connections that answer."""

import pytest

from headwater.store.database import Database, sqlite_url

FULL = 2


@pytest.fixture
def database(tmp_path):
    database = Database(sqlite_url(tmp_path / "core.db"))
    yield database
    database.close()


def pragma(name):
    return lambda connection: connection.exec_driver_sql(f"PRAGMA {name}").scalar()


async def test_the_writer_syncs_each_commit(database):
    assert ("wal", FULL) == (await database.write(pragma("journal_mode")), await database.write(pragma("synchronous")))


async def test_a_connection_that_takes_another_ones_place_does_so_too(database):
    """Connections are pooled: one that is opened later is no exception."""
    await database.write(pragma("synchronous"))
    database.engine.dispose()

    assert FULL == await database.write(pragma("synchronous"))
    assert FULL == await database.read(pragma("synchronous"))
