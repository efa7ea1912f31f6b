"""How a lane's destination does: each answer's word to its breaker and its pace, and the probes on their way."""

from collections.abc import Sequence
from http import HTTPStatus

import structlog

from headwater.core.clock import Clock
from headwater.core.outcomes import RetryLater
from headwater.deliver.breaker import Breaker, Standing
from headwater.deliver.lanes.signals import Signals
from headwater.deliver.pace import Pace
from headwater.deliver.route import Route
from headwater.deliver.trial import Trial, says_down

logger = structlog.get_logger(__name__)


class Health:
    """One lane's. While `is_up` is false, only probes go out."""

    def __init__(self, route: Route, *, pace: Pace, clock: Clock, signals: Signals) -> None:
        self._route = route
        self._pace = pace
        self._clock = clock
        self._signals = signals
        self._breaker = Breaker(answered_at=clock.monotonic())
        self._probes_in_flight = 0

    @property
    def is_up(self) -> bool:
        return self._breaker.is_closed

    @property
    def standing(self) -> Standing:
        return self._breaker.standing(now=self._clock.monotonic())

    def note(self, trials: Sequence[Trial]) -> None:
        """Say what one answer, or silence, means; everyone is woken if the breaker changes its mind."""
        now, failure = self._clock.monotonic(), says_down(trials)
        if failure is not None and failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._pace.throttled(now=now, retry_after_seconds=failure.retry_after_seconds)
        elif failure is None:
            self._pace.answered()
        if self._route.has_breaker:
            self._tell_breaker(failure, now=now)

    def _tell_breaker(self, failure: RetryLater | None, *, now: float) -> None:
        was_up = self.is_up
        if failure is None:
            self._breaker = self._breaker.answered(now=now)
        else:
            self._breaker = self._breaker.failed(now=now, retry_after_seconds=failure.retry_after_seconds)
        if was_up != self.is_up:
            logger.info("breaker_changed", destination=self._route.name, is_closed=self.is_up)
            self._signals.feed.set()
            self._signals.ready.set()

    def probes_due(self) -> int:
        """Return how many probes may go out now."""
        seconds = self.seconds_until_probe()
        return 0 if seconds is None or seconds > 0 else self._breaker.probe_count()

    def seconds_until_probe(self) -> float | None:
        """Return when the next round of probes is due, None where none will be: it is up, or one is on its way."""
        if self._breaker.probe_at is None or self._probes_in_flight:
            return None
        return self._breaker.probe_at - self._clock.monotonic()

    def probing(self, count: int) -> None:
        """A round of so many probes is on its way."""
        self._probes_in_flight = count
        self._breaker = self._breaker.probing()

    def probe_answered(self) -> None:
        """One of them is back."""
        self._probes_in_flight -= 1
        self._signals.feed.set()
