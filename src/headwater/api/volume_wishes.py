"""Which time is asked for, where something is counted over time: from when to when, and in which steps."""

from headwater.api import ages
from headwater.core import periods
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError
from headwater.core.periods import Period

# Of one thing a day by the minute fits; of all a month by the day, a week by the hour, three hours by the minute.
MOST_STEPS = 1_500
MOST_STEPS_OF_ALL = 200
# Up to how long a time is shown in which steps, where nobody says; in days beyond.
BY_THEMSELVES = (("minute", 3 * periods.HOUR), ("hour", 8 * periods.DAY))
ALL_TIME = "day"


class BadPeriodError(BadRequestError):
    """There are no counts for that time. Ask for a later one, for fewer steps, or for longer ones."""

    code = "bad_period"


def period(*, since: str, until: str | None, step: str | None, clock: Clock, is_of_all: bool) -> Period:
    """Return the period that a query means. Raises BadMomentError, BadPeriodError."""
    now_ms = epoch_ms(clock.now())
    since_ms = ages.moment_ms(since, name="since", clock=clock)
    until_ms = ages.moment_ms(until, name="until", clock=clock) if until else now_ms
    if since_ms >= until_ms:
        raise BadPeriodError("since must be before until.")
    name = step or _step((until_ms - since_ms) // periods.MS_PER_SECOND)
    if name not in periods.STEPS:
        raise BadPeriodError(f"step is one of {', '.join(periods.STEPS)}, not {name[:40]!r}.")
    found = periods.period(since_ms=since_ms, until_ms=until_ms, step_seconds=periods.STEPS[name])
    _require_counts(found, now_ms=now_ms)
    most = MOST_STEPS_OF_ALL if is_of_all else MOST_STEPS
    if found.size > most:
        alone = " Or ask for one alone." if is_of_all else ""
        raise BadPeriodError(f"These are {found.size} steps, at most {most} fit. Ask for longer ones.{alone}")
    return found


def step_of(found: Period) -> str:
    """Return what the steps of a period are called."""
    return next(name for name, seconds in periods.STEPS.items() if seconds == found.step_seconds)


def _step(seconds: int) -> str:
    return next((name for name, most in BY_THEMSELVES if seconds <= most), ALL_TIME)


def _require_counts(found: Period, *, now_ms: int) -> None:
    """Refuse what is forgotten: it would look as if there had been nothing."""
    kept = periods.KEPT_SECONDS[found.stored_seconds]
    if found.since_s < now_ms // periods.MS_PER_SECOND - kept:
        raise BadPeriodError(f"Counts by the {step_of(found)} are kept for {kept // periods.DAY} days.")
