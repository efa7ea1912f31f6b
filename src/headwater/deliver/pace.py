"""How fast requests go out: as fast as configured, and slower once a tool says that it is too fast. Pure.

A 429 halves the rate and pauses all sending for as long as it asks; each answer that is none raises the rate again.
"""

from collections import deque

MOST_PAUSE_SECONDS = 3_600.0
DEFAULT_PAUSE_SECONDS = 1.0
SLOWEST_PER_SECOND = 0.1
RAISE = 1.02  # for each answer: doubled after some 35
WINDOW_SECONDS = 1.0
# A limit that nobody configured is forgotten once it is this far above what was too much.
FORGOTTEN_AT = 8.0


class Pace:
    """One lane's. `per_second` is the configured rate, None for as fast as it goes."""

    def __init__(self, per_second: float | None) -> None:
        self._configured = per_second
        self._rate = per_second
        self._too_much: float | None = None
        self._free_at = 0.0  # when the next request may go
        self._paused_until = 0.0
        self._sent: deque[float] = deque()

    @property
    def per_second(self) -> float | None:
        """What is allowed now, None for as fast as it goes."""
        return self._rate

    def reserve(self, *, now: float) -> float:
        """Take the next turn, and return how many seconds it is away."""
        turn = max(now, self._paused_until)
        if self._rate is not None:
            turn = max(turn, self._free_at)
            self._free_at = turn + 1 / self._rate
        self._note_sent(turn)
        return turn - now

    def throttled(self, *, now: float, retry_after_seconds: float | None) -> None:
        """The tool said that it is too fast."""
        pause = DEFAULT_PAUSE_SECONDS if retry_after_seconds is None else retry_after_seconds
        is_first = now >= self._paused_until  # the others were on their way when it said so
        self._paused_until = max(self._paused_until, now + min(pause, MOST_PAUSE_SECONDS))
        if is_first:
            self._too_much = self._rate or self._observed(now)
            self._rate = max(self._too_much / 2, SLOWEST_PER_SECOND)

    def answered(self) -> None:
        """The tool took, or refused, something without a word about speed."""
        if self._rate is None or self._too_much is None:
            return
        self._rate *= RAISE
        if self._configured is not None and self._rate >= self._configured:
            self._rate, self._too_much = self._configured, None
        elif self._configured is None and self._rate >= FORGOTTEN_AT * self._too_much:
            self._rate = self._too_much = None

    def _note_sent(self, moment: float) -> None:
        self._sent.append(moment)
        while self._sent[0] <= moment - WINDOW_SECONDS:
            self._sent.popleft()

    def _observed(self, now: float) -> float:
        return max(sum(1 for moment in self._sent if moment > now - WINDOW_SECONDS) / WINDOW_SECONDS, 1.0)
