from datetime import UTC, datetime

import pytest

from headwater.api import volume_wishes
from headwater.api.volume_wishes import BadPeriodError
from headwater.core import periods
from headwater.core.clock import ManualClock

CLOCK = ManualClock(datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC))


def asked(*, since="1d", until=None, step=None, is_of_all=False):
    return volume_wishes.period(since=since, until=until, step=step, clock=CLOCK, is_of_all=is_of_all)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"since": "1h", "until": "2h"}, "since must be before until"),
        ({"step": "week"}, "step is one of minute, hour, day, not 'week'"),
        ({"since": "beginning"}, "Counts by the day are kept for 32 days"),
        ({"since": "3d", "until": "71h", "step": "minute"}, "Counts by the minute are kept for 2 days"),
        ({"since": "5h", "step": "minute", "is_of_all": True}, "at most 200 fit. Ask for longer ones. Or ask for one"),
        ({"since": "47h", "step": "minute"}, "at most 1500 fit. Ask for longer ones."),
    ],
    ids=["backwards", "step", "forgotten", "forgotten minutes", "many of all", "many of one"],
)
def test_refuses_a_time_that_it_has_no_answer_for(wish, words):
    with pytest.raises(BadPeriodError) as refusal:
        asked(**wish)

    assert words in refusal.value.message


@pytest.mark.parametrize(("since", "step"), [("3h", "minute"), ("1d", "hour"), ("7d", "hour"), ("31d", "day")])
def test_the_steps_are_as_long_as_the_time_makes_sense_of(since, step):
    assert step == volume_wishes.step_of(asked(since=since, is_of_all=True))


def test_a_day_by_the_minute_fits_and_ends_with_the_minute_that_has_begun():
    found = asked(step="minute")

    assert 1_441 == found.size
    assert int(CLOCK.now().timestamp()) // 60 == list(found.moments())[-1] // 60


def test_days_are_whole_ones_in_utc():
    assert [0, 0, 0, 0] == [moment % periods.DAY for moment in asked(since="3d", step="day").moments()]
