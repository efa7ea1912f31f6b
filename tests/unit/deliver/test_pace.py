"""The pace of one destination: as configured, half of what was too much, and back again."""

import pytest

from headwater.deliver.pace import FORGOTTEN_AT, MOST_PAUSE_SECONDS, SLOWEST_PER_SECOND, Pace


def sent(pace, count, *, now, over=1.0):
    """Send `count` requests, evenly over some seconds."""
    for number in range(count):
        pace.reserve(now=now + number * over / count)


def test_one_that_nobody_configured_is_as_fast_as_it_goes():
    assert [0.0] * 50 == [Pace(None).reserve(now=7.0) for _ in range(50)]


def test_a_429_halves_what_was_configured_and_pauses_for_as_long_as_it_asks():
    pace = Pace(10.0)
    pace.reserve(now=0.0)
    pace.throttled(now=0.0, retry_after_seconds=7.0)

    assert 5.0 == pace.per_second
    assert 7.0 == pace.reserve(now=0.0)
    assert pytest.approx(7.2) == pace.reserve(now=0.0)


def test_a_429_halves_what_was_really_sent_where_nothing_is_configured():
    pace = Pace(None)
    sent(pace, 40, now=100.0)
    pace.throttled(now=100.99, retry_after_seconds=None)

    assert 20.0 == pace.per_second
    assert pytest.approx(1.0) == pace.reserve(now=100.99)


def test_those_that_were_on_their_way_at_the_first_429_halve_it_no_further():
    pace = Pace(16.0)
    for _ in range(5):
        pace.throttled(now=3.0, retry_after_seconds=1.0)
    assert 8.0 == pace.per_second

    pace.throttled(now=4.0, retry_after_seconds=1.0)
    assert 4.0 == pace.per_second


def test_each_good_answer_brings_it_nearer_to_what_is_configured_and_no_further():
    pace, found = Pace(10.0), []
    pace.throttled(now=0.0, retry_after_seconds=1.0)
    for _ in range(100):
        pace.answered()
        found.append(pace.per_second)

    assert sorted(found) == found
    assert 5.0 < found[0] < 5.2
    assert 10.0 == found[-1]


def test_a_limit_that_nobody_configured_is_forgotten_once_it_is_far_above_what_was_too_much():
    pace = Pace(None)
    sent(pace, 10, now=0.0)
    pace.throttled(now=0.99, retry_after_seconds=1.0)
    while pace.per_second is not None:
        assert pace.per_second < 10.0 * FORGOTTEN_AT
        pace.answered()

    assert 0.0 == pace.reserve(now=60.0)


def test_it_never_comes_to_a_stand_and_waits_no_longer_than_an_hour():
    pace = Pace(1.0)
    for hour in range(20):
        pace.throttled(now=hour * 2 * MOST_PAUSE_SECONDS, retry_after_seconds=10.0**9)

    assert SLOWEST_PER_SECOND == pace.per_second
    assert MOST_PAUSE_SECONDS == pace.reserve(now=19 * 2 * MOST_PAUSE_SECONDS)
