from datetime import UTC, datetime

import pytest

from headwater.core import periods
from headwater.core.clock import epoch_ms

NOON = epoch_ms(datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC))
MINUTE_MS = 60_000


def test_a_period_begins_and_ends_at_whole_steps_and_has_the_last_one():
    found = periods.period(since_ms=NOON - 2 * MINUTE_MS, until_ms=NOON, step_seconds=periods.MINUTE)

    assert 3 == found.size
    assert NOON // 1_000 - 150 == found.since_s
    assert found.until_s == found.since_s + 180
    assert [0, 60, 120] == [moment - found.since_s for moment in found.moments()]


def test_a_moment_between_two_steps_belongs_to_the_earlier_one():
    at = periods.period(since_ms=0, until_ms=MINUTE_MS, step_seconds=periods.MINUTE)

    assert 1 == at.size  # what is not in the period makes it no longer


def test_a_period_of_no_time_has_the_step_that_it_is_in():
    assert 1 == periods.period(since_ms=NOON, until_ms=NOON, step_seconds=periods.HOUR).size
    assert 1 == periods.period(since_ms=NOON, until_ms=NOON - 5, step_seconds=periods.HOUR).size


def test_days_are_added_up_from_hours():
    day = periods.period(since_ms=NOON - 86_400_000, until_ms=NOON, step_seconds=periods.DAY)
    yesterday, today = day.moments()
    rows = [(yesterday, (1, 10)), (yesterday + 23 * 3_600, (2, 0)), (today + 12 * 3_600, (4, 0))]

    assert periods.HOUR == day.stored_seconds
    assert [[3, 4], [10, 0]] == periods.added_up(rows, day, width=2)


@pytest.mark.parametrize(("seconds", "days"), [(periods.MINUTE, 2), (periods.HOUR, 32)])
def test_minutes_are_kept_for_two_days_and_hours_for_a_month(seconds, days):
    assert NOON // 1_000 - days * 86_400 == dict(periods.forgotten(NOON))[seconds]


def test_a_moment_is_counted_under_its_minute_and_its_hour():
    assert [(60, NOON // 1_000 - 30), (3_600, NOON // 1_000 - 30)] == list(periods.rows_of(NOON))
