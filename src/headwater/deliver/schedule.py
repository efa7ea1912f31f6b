"""When a failed delivery is tried again, and when it is given up (DESIGN decision 6). Pure: chance is an argument."""

from headwater.core.outcomes import RetryLater
from headwater.deliver.patience import Patience

FIRST_DELAYS_SECONDS = (1.0, 3.0, 10.0, 30.0)
GROWTH = 3.0
LONGEST_DELAY_SECONDS = 3_600.0
JITTER = 0.2  # so that what failed together does not come back together
MS_PER_SECOND = 1_000


def delay_seconds(attempts: int, *, chance: float) -> float:
    """Return the pause after the `attempts`-th failure; `chance` in [0, 1) spreads it by ±20 %."""
    steps_beyond = attempts - len(FIRST_DELAYS_SECONDS)
    if steps_beyond <= 0:
        plain = FIRST_DELAYS_SECONDS[attempts - 1]
    else:
        # Bounded before it is raised: after a thousand attempts the power would overflow.
        steps = min(steps_beyond, len(FIRST_DELAYS_SECONDS) * 2)
        plain = min(FIRST_DELAYS_SECONDS[-1] * GROWTH**steps, LONGEST_DELAY_SECONDS)
    return plain * (1 - JITTER + 2 * JITTER * chance)


def next_attempt_ms(
    failure: RetryLater, *, attempts: int, first_at_ms: int, now_ms: int, patience: Patience, chance: float
) -> int | None:
    """Return when to try again, or None to give up. The receiver's `Retry-After` is a lower bound.

    The last try is when patience ends, not up to an hour before: who gives a delivery three days means three days.
    """
    deadline_ms = first_at_ms + int(patience.give_up_after_seconds * MS_PER_SECOND)
    earliest_ms = now_ms + int((failure.retry_after_seconds or 0.0) * MS_PER_SECOND)
    if now_ms >= deadline_ms or earliest_ms > deadline_ms:
        return None
    planned_ms = now_ms + int(delay_seconds(attempts, chance=chance) * MS_PER_SECOND)
    return min(max(planned_ms, earliest_ms), deadline_ms)
