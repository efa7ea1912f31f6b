"""What a reset goes back to: every row as it was, and nothing since; and what refuses on demand."""

import pytest
from sqlalchemy import select

from fresh_database import fresh_database
from headwater.core.clock import SystemClock
from headwater.core.errors import BadRequestError
from headwater.emulator.baseline import CONFIGURED, Baseline, keep_configuration
from headwater.emulator.refusals import DATABASE, LOG, Refusals, RefusingDatabase, RefusingLog
from headwater.log.sqlite_writer import LogWriteError
from headwater.store import room_file, tables
from headwater.store.database import sqlite_url
from headwater.store.errors import DatabaseError
from headwater.wiring import first_start
from headwater.workspace import sources

CLOCK = SystemClock()
HTTP_API = "http-api"


@pytest.fixture
async def database(tmp_path):
    opened = fresh_database(tmp_path / "core.db")
    await opened.write(lambda connection: first_start.ensure(connection, clock=CLOCK))
    yield opened
    opened.close()


def everything(connection):
    return {table.name: connection.execute(select(table)).fetchall() for table in tables.metadata.sorted_tables}


def slugs(connection):
    return [source.slug for source in sources.every(connection)]


async def test_every_row_is_again_what_it_was(database, tmp_path):
    baseline = Baseline(tmp_path / "baseline")
    await database.write(lambda connection: sources.create(connection, "app", kind=HTTP_API, clock=CLOCK))
    await database.write(baseline.take)
    before = await database.read(everything)
    await database.write(lambda connection: sources.create(connection, "more", kind=HTTP_API, clock=CLOCK))

    await database.write(baseline.restore)

    assert await database.read(everything) == before


async def test_a_restarted_emulator_goes_back_to_the_same(database, tmp_path):
    await database.write(Baseline(tmp_path / "baseline").take)
    await database.write(lambda connection: sources.create(connection, "more", kind=HTTP_API, clock=CLOCK))

    again = Baseline(tmp_path / "baseline")
    await database.write(again.restore)

    assert (again.is_taken, await database.read(slugs)) == (True, [])


async def test_a_reset_may_keep_what_is_configured(database):
    await database.write(lambda connection: sources.create(connection, "app", kind=HTTP_API, clock=CLOCK))
    table = tables.rejections
    row = {"source_id": "x", "code": "y", "count": 1, "first_at_ms": 1, "last_at_ms": 1, "sample": ""}
    await database.write(lambda connection: connection.execute(table.insert().values(**row)))

    await database.write(keep_configuration)

    assert await database.read(slugs) == ["app"]
    assert not await database.read(lambda connection: connection.execute(select(table)).fetchall())


def test_of_each_table_it_is_decided_whether_it_is_configuration():
    left_behind = {
        "identities",
        "operators",
        "credentials",
        "identifiers",
        "addresses",
        "sessions",
        "flows",
        "challenges",
        "pending_changes",
        "token_exchanges",
        "flow_errors",
        "courier_messages",
        "courier_dispatches",
        "outbox",
        "held",
        "rejections",
        "rejection_volume",
        "replays",
        "audit",
        "audit_documents",
        "lake_erasures",
    }

    assert {table.name for table in tables.metadata.sorted_tables} - {table.name for table in CONFIGURED} == left_behind


async def test_a_room_file_is_empty_afterwards(tmp_path):
    path = tmp_path / "room.db"
    connection = room_file.open_for_writing(path, version=1, tables=("CREATE TABLE one (a)",), newer=BadRequestError)
    connection.execute("INSERT INTO one VALUES (1)")

    room_file.empty(path)

    assert connection.execute("SELECT count(*) FROM one").fetchone() == (0,)
    connection.close()


async def test_a_log_that_refuses_does_so_as_often_as_it_was_told(tmp_path):
    log = RefusingLog(tmp_path / "log", clock=CLOCK)
    log.refusals = Refusals()
    log.refusals.begin(LOG, times=1)

    with pytest.raises(LogWriteError):
        await log.append([])
    assert await log.append([]) == []
    await log.close()


async def test_a_database_refuses_writes_until_it_is_taken_back(database, tmp_path):
    refusing = RefusingDatabase(sqlite_url(tmp_path / "other.db"))
    refusing.refusals = Refusals()
    refusing.refusals.begin(DATABASE, times=None)

    for _ in range(2):
        with pytest.raises(DatabaseError):
            await refusing.write(lambda _connection: 1)
    refusing.refusals.clear()
    assert await refusing.write(lambda _connection: 1) == 1
    refusing.close()


@pytest.mark.parametrize(("part", "times"), [("printer", None), (LOG, 0)], ids=["unknown", "never"])
def test_refuses_to_refuse_nonsense(part, times):
    with pytest.raises(BadRequestError):
        Refusals().begin(part, times=times)
