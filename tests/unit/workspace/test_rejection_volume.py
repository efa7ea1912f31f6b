import pytest

from fresh_database import fresh_database
from headwater.core import periods
from headwater.workspace import rejection_volume
from headwater.workspace.rejections import Rejection

MINUTE_MS, DAY_MS = 60_000, 86_400_000
NOW = 20_000 * DAY_MS


def rejection(*, source_id="web", code="no_user_anon_id", count=1, at_ms=NOW):
    return Rejection(source_id=source_id, code=code, count=count, first_at_ms=at_ms, last_at_ms=at_ms, sample="")


def last(minutes, *, step_seconds=periods.MINUTE):
    return periods.period(since_ms=NOW - minutes * MINUTE_MS, until_ms=NOW + 1, step_seconds=step_seconds)


@pytest.fixture
def database(tmp_path):
    opened = fresh_database(tmp_path / "core.db")
    yield opened
    opened.close()


@pytest.fixture
def add(database):
    async def add(*counted):
        await database.write(lambda connection: rejection_volume.add(connection, counted))

    return add


async def test_what_is_dropped_adds_up_by_source_whatever_the_reason(database, add):
    await add(rejection(count=2), rejection(code="bad_type", count=3), rejection(source_id="", count=7))
    await add(rejection(count=1), rejection(at_ms=NOW - MINUTE_MS))
    found = await database.read(lambda connection: rejection_volume.over(connection, last(1)))
    one = await database.read(lambda connection: rejection_volume.over(connection, last(1), source_id=""))
    hours = await database.read(lambda connection: rejection_volume.over(connection, last(60, step_seconds=3_600)))

    assert {"web": [1, 6], "": [0, 7]} == found
    assert {"": [0, 7]} == one
    assert {"web": [1, 6], "": [0, 7]} == hours


async def test_minutes_go_after_two_days_and_hours_after_a_month(database, add):
    await add(rejection())
    await add(rejection(at_ms=NOW + 2 * DAY_MS + MINUTE_MS))
    minutes = await database.read(lambda connection: rejection_volume.over(connection, last(0)))
    hours = await database.read(lambda connection: rejection_volume.over(connection, last(0, step_seconds=3_600)))
    await add(rejection(at_ms=NOW + 33 * DAY_MS))
    later = await database.read(lambda connection: rejection_volume.over(connection, last(0, step_seconds=3_600)))

    assert ({}, {"web": [1]}, {}) == (minutes, hours, later)


async def test_nothing_is_nothing_to_add(database, add):
    await add()

    assert {} == await database.read(lambda connection: rejection_volume.over(connection, last(0)))
