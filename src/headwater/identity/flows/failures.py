"""Against guessing: failures are counted per identifier and per address, and beyond a number nobody is let try.

Only failures count, so that a person who knows their password is never kept out by their own visits; a success
forgets the identifier's. Counts live in memory, in a bounded number: a restart forgives.
"""

from collections import OrderedDict, deque

from headwater.core.clock import Clock
from headwater.core.errors import TooManyRequestsError

WINDOW_SECONDS = 60.0
PER_IDENTIFIER = 10
PER_ADDRESS = 100
REMEMBERED = 50_000


class TooManyFailuresError(TooManyRequestsError):
    """Too many failed attempts. Wait a minute, then try again."""

    code = "too_many_failures"
    retry_after_seconds = 60


class Failures:
    """Who failed how often in the last minute."""

    def __init__(self, *, clock: Clock, per_identifier: int = PER_IDENTIFIER, per_address: int = PER_ADDRESS) -> None:
        self._clock = clock
        self._limits = {"identifier": per_identifier, "address": per_address}
        self._at: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def require_few(self, *, identifier: str, address: str) -> None:
        """Raise TooManyFailuresError if either failed too often; the answer is the same for unknown identifiers."""
        for key in (("identifier", identifier), ("address", address)):
            if key[1] and len(self._recent(key)) >= self._limits[key[0]]:
                raise TooManyFailuresError

    def count(self, *, identifier: str, address: str) -> None:
        """Remember a failure."""
        now = self._clock.monotonic()
        for key in (("identifier", identifier), ("address", address)):
            if not key[1]:
                continue
            self._recent(key)
            # No more than the limit is ever looked at, so no more is kept.
            times = self._at.setdefault(key, deque(maxlen=self._limits[key[0]]))
            times.append(now)
            self._at.move_to_end(key)
        while len(self._at) > REMEMBERED:
            self._at.popitem(last=False)

    def forgive(self, *, identifier: str) -> None:
        """Forget an identifier's failures: its owner came in. The address keeps its own."""
        self._at.pop(("identifier", identifier), None)

    def _recent(self, key: tuple[str, str]) -> deque[float]:
        times = self._at.get(key)
        if times is None:
            return deque()
        since = self._clock.monotonic() - WINDOW_SECONDS
        while times and times[0] <= since:
            times.popleft()
        if not times:
            del self._at[key]
        return times
