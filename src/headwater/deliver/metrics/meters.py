"""How a destination did of late: attempts a second and how long deliveries took. In memory, for a glance only."""

from collections import Counter, deque

import msgspec

from headwater.deliver.metrics import latencies
from headwater.deliver.metrics.latencies import Percentiles

STEP_SECONDS = 10.0
STEPS = 30  # five minutes


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """The last `seconds`, at most five minutes: fewer where the process is younger."""

    seconds: float
    attempts_per_second: float
    latency: Percentiles


class Meter:
    """One destination's. Everything that was sent counts: what is written down, and probes that aren't."""

    def __init__(self, *, now: float) -> None:
        self._began = now
        self._steps: deque[_Step] = deque(maxlen=STEPS + 1)  # the one that is being filled, too

    def note(self, *, now: float, attempts: int) -> None:
        """Note that a request was answered, or wasn't; each event in it is an attempt."""
        self._step(now).attempts += attempts

    def note_latency(self, milliseconds: int, *, now: float) -> None:
        """Note how long an event was on its way from receipt to delivery."""
        self._step(now).latencies[latencies.bucket_of(milliseconds)] += 1

    def recent(self, *, now: float) -> Recent:
        """Return the sum of the last five minutes."""
        number = int(now / STEP_SECONDS)
        steps = [step for step in self._steps if step.number > number - STEPS - 1]
        seconds = min(max(now - self._began, 1.0), STEPS * STEP_SECONDS + now % STEP_SECONDS)
        taken: Counter[int] = Counter()
        for step in steps:
            taken.update(step.latencies)
        rate = sum(step.attempts for step in steps) / seconds
        return Recent(
            seconds=round(seconds, 1), attempts_per_second=round(rate, 2), latency=latencies.percentiles(taken)
        )

    def _step(self, now: float) -> "_Step":
        number = int(now / STEP_SECONDS)
        if not self._steps or self._steps[-1].number != number:
            self._steps.append(_Step(number))
        return self._steps[-1]


class Meters:
    """A meter for each destination: its lane may crash and be replaced, its meter stays."""

    def __init__(self) -> None:
        self._known: dict[str, Meter] = {}

    def of(self, destination: str, *, now: float) -> Meter:
        """Return the destination's."""
        return self._known.setdefault(destination, Meter(now=now))


class _Step:
    __slots__ = ("attempts", "latencies", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.attempts = 0
        self.latencies: Counter[int] = Counter()
