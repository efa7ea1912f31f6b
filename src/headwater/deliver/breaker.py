"""Tells a destination that is down from an event that fails by itself (DESIGN decision 6). Pure: time is an argument.

From the tenth failure in a row nothing new is sent: events wait where they are, in the log, and a few are
probed at growing intervals. It is called *doubtful* at first and *open* (the destination is down) once no
answer has come for ten seconds: a blip of a second shouldn't be called an outage, but shouldn't be written
down a thousand times either.
"""

import enum

import msgspec

FAILURES_IN_A_ROW = 10
SILENCE_SECONDS = 10.0
PROBE_DELAYS_SECONDS = (1.0, 3.0, 10.0, 30.0)
PROBES = (1, 2, 4)
LONGEST_RETRY_AFTER_SECONDS = 3_600.0


class Standing(enum.StrEnum):
    """What we think of a destination."""

    CLOSED = "closed"
    DOUBTFUL = "doubtful"
    OPEN = "open"


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """`answered_at` is the last sign of life (or the beginning); `probe_at` is set while events wait."""

    answered_at: float
    failures: int = 0
    rounds: int = 0
    probe_at: float | None = None

    @property
    def is_closed(self) -> bool:
        return self.probe_at is None

    def standing(self, *, now: float) -> Standing:
        if self.is_closed:
            return Standing.CLOSED
        return Standing.OPEN if now - self.answered_at >= SILENCE_SECONDS else Standing.DOUBTFUL

    def answered(self, *, now: float) -> "Breaker":
        """Any answer that isn't a sign of being down closes the breaker, a refusal of one event too."""
        return Breaker(answered_at=now)

    def failed(self, *, now: float, retry_after_seconds: float | None = None) -> "Breaker":
        """One more failure. Several failures of one round of probes postpone the next round only once."""
        failures = self.failures + 1
        if failures < FAILURES_IN_A_ROW:
            return msgspec.structs.replace(self, failures=failures)
        pause = max(_nth(PROBE_DELAYS_SECONDS, self.rounds), _bounded(retry_after_seconds))
        probe_at = max(now + pause, self.probe_at or now)
        return msgspec.structs.replace(self, failures=failures, probe_at=probe_at)

    def probe_count(self) -> int:
        """Return how many events the next round of probes takes."""
        return int(_nth(PROBES, self.rounds))

    def probing(self) -> "Breaker":
        """A round of probes is on its way."""
        return msgspec.structs.replace(self, rounds=self.rounds + 1)


def _nth(values: tuple[float, ...], index: int) -> float:
    return values[min(index, len(values) - 1)]


def _bounded(retry_after_seconds: float | None) -> float:
    return min(retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS)
