"""The volume of sources: every event under the minute and the hour in which it came, for as long as those are kept."""

import sqlite3
from contextlib import closing

import pytest
from live_stage import START, counted_up_to, is_resting, open_log, reading, record, until, volume_of

from headwater.core import periods
from headwater.core.clock import epoch_ms
from headwater.core.event import ACTIONS_SOURCE, Record
from headwater.live import live_tables
from headwater.live.limits import OTHERS, SchemaLimits

NOW = epoch_ms(START)
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


@pytest.fixture
async def log(tmp_path):
    async with open_log(tmp_path / "log") as opened:
        yield opened


@pytest.fixture
def path(tmp_path):
    return tmp_path / "live.db"


async def taken(path, log, *records, **options):
    """Append, and count."""
    await log.append(*records)
    async with reading(path, log, **options) as reader:
        await counted_up_to(reader, log.writer.newest_offset, clock=log.clock)


def last(minutes, *, step_seconds=periods.MINUTE):
    return periods.period(since_ms=NOW - minutes * MINUTE_MS, until_ms=NOW + 1, step_seconds=step_seconds)


async def test_events_are_counted_in_their_minute_by_source_and_type(log, path):
    await taken(
        path,
        log,
        record(1, at_ms=NOW),
        record(2, at_ms=NOW + 59_999),
        record(3, at_ms=NOW - 1),
        record(4, at_ms=NOW, type="identify"),
        record(5, at_ms=NOW, source="app", type="page", name="Home"),
    )

    assert {
        "web": {"track": [0, 1, 2], "identify": [0, 0, 1]},
        "app": {"page": [0, 0, 1]},
    } == await volume_of(path, last(2))


async def test_hours_and_days_have_what_their_minutes_had(log, path):
    times = [NOW - DAY_MS, NOW - DAY_MS + HOUR_MS, NOW - HOUR_MS, NOW]
    await taken(path, log, *(record(number, at_ms=at_ms) for number, at_ms in enumerate(times)))

    hours = (await volume_of(path, last(24 * 60, step_seconds=periods.HOUR)))["web"]["track"]
    days = (await volume_of(path, last(24 * 60, step_seconds=periods.DAY)))["web"]["track"]

    assert [1, 1, *[0] * 21, 1, 1] == hours
    assert [2, 2] == days


async def test_one_source_can_be_asked_for(log, path):
    await taken(path, log, record(1, at_ms=NOW), record(2, at_ms=NOW, source="app"))

    assert ["app"] == list(await volume_of(path, last(2), source_id="app"))


async def test_counts_go_on_after_a_restart_and_actions_are_no_events(log, path):
    await taken(path, log, record(1, at_ms=NOW))
    sealed = Record(source=ACTIONS_SOURCE, message_id="a", type="action", body=b"{}", received_at_ms=NOW, user_id=None)
    await taken(path, log, record(2, at_ms=NOW), sealed)

    assert {"web": {"track": [2]}} == await volume_of(path, last(0))


async def test_a_save_that_fails_counts_nothing_twice(log, path):
    await taken(path, log, record(1, at_ms=NOW))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON progress BEGIN SELECT RAISE(ABORT, 'full'); END")
        await log.append(record(2, at_ms=NOW))
        async with reading(path, log) as reader:
            await until(lambda: is_resting(log.clock), what="the pause after the failure")
            failed = await volume_of(path, last(0))
            other.execute("DROP TRIGGER full")
            log.clock.advance(SchemaLimits().rest_after_failure_seconds)
            await counted_up_to(reader, 2, clock=log.clock)

    assert {"web": {"track": [1]}} == failed
    assert {"web": {"track": [2]}} == await volume_of(path, last(0))


async def test_a_type_that_we_do_not_know_is_counted_all_the_same(log, path):
    await taken(path, log, record(1, at_ms=NOW, type="<script>alert(1)</script>"))

    assert {"web": {"other": [1]}} == await volume_of(path, last(0))


async def test_minutes_go_after_two_days_and_hours_after_a_month(log, path):
    await taken(path, log, record(1, at_ms=NOW))
    log.clock.advance(2 * DAY_MS / 1_000 + 60)
    await taken(path, log, record(2, at_ms=NOW + 2 * DAY_MS))
    after_two_days = (await volume_of(path, last(0)), await volume_of(path, last(0, step_seconds=periods.HOUR)))
    log.clock.advance(31 * DAY_MS / 1_000)
    await taken(path, log, record(3, at_ms=NOW + 33 * DAY_MS))

    assert ({}, {"web": {"track": [1]}}) == after_two_days
    assert {} == await volume_of(path, last(0, step_seconds=periods.HOUR))


async def test_a_flood_of_sources_fills_no_table_and_is_counted_together(log, path):
    limits = SchemaLimits(sources_per_minute=2)
    await taken(path, log, *(record(n, at_ms=NOW, source=f"s{n}") for n in range(5)), limits=limits)

    assert {"s0": {"track": [1]}, "s1": {"track": [1]}, OTHERS: {"track": [3]}} == await volume_of(path, last(0))


async def test_a_file_of_an_earlier_release_goes_on_and_counts_from_now(log, path):
    await taken(path, log, record(1, at_ms=NOW))
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute("DROP TABLE volume")
        made.execute("PRAGMA user_version = 1")
    await taken(path, log, record(2, at_ms=NOW))

    assert {"web": {"track": [1]}} == await volume_of(path, last(0))
    with closing(live_tables.open_for_reading(path)) as connection:
        assert [(2,)] == connection.execute("SELECT count FROM events").fetchall()
