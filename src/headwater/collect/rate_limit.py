"""How many events a second are taken, from each source and from all together: token buckets, in memory.

A call is admitted while there is at least a token and then takes all it needs, so a batch may overdraw once: with
a limit below the batch size clients still get through, at the pace of the limit. A refused call takes nothing.
"""

import math
from collections.abc import Sequence
from operator import itemgetter

from headwater.core.clock import Clock
from headwater.core.errors import TooManyRequestsError
from headwater.workspace.configuration import Source

# Full buckets are forgotten beyond this: a new one is full, too.
MANY_BUCKETS = 10_000
ADVICE = "Nothing was stored; send the same again after Retry-After."

Charge = tuple[Source, int]


class RateLimitedError(TooManyRequestsError):
    """More events a second than this server takes. Nothing was stored; send the same again after Retry-After."""

    code = "rate_limited"


class Bucket:
    """Tokens that come at `rate` a second, a second's worth at most. May be overdrawn."""

    __slots__ = ("_at", "_tokens", "rate")

    def __init__(self, rate: int, *, now: float) -> None:
        self.rate = rate
        self._tokens = float(self._most)
        self._at = now

    def wait_seconds(self, now: float) -> int:
        """Return after how many whole seconds something can be taken; 0 for at once."""
        self._fill(now)
        return 0 if self._tokens > 0 else math.floor(-self._tokens / self.rate) + 1

    def take(self, count: int) -> None:
        self._tokens -= count

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self._tokens >= self._most

    @property
    def _most(self) -> int:
        return max(self.rate, 1)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._most, self._tokens + (now - self._at) * self.rate)
        self._at = now


class RateLimits:
    """Every source's limit, and one over all of them (None for no limit)."""

    def __init__(self, *, clock: Clock, overall: int | None = None) -> None:
        self._clock = clock
        self._overall = Bucket(overall, now=clock.monotonic()) if overall else None
        self._by_source: dict[str, Bucket] = {}

    def admit(self, charges: Sequence[Charge]) -> None:
        """Take what a call needs from the buckets it touches, or nothing: then raises RateLimitedError."""
        if self._overall is None and not any(source.rate_limit for source, _ in charges):
            return
        now = self._clock.monotonic()
        touched = [(self._bucket(source, now), count) for source, count in charges if source.rate_limit]
        if self._overall is not None:
            touched.append((self._overall, sum(count for _, count in charges)))
        wait_seconds = max(bucket.wait_seconds(now) for bucket, _ in touched)
        if wait_seconds:
            raise RateLimitedError(self._reason(charges, now), retry_after_seconds=wait_seconds)
        for bucket, count in touched:
            bucket.take(count)

    def _reason(self, charges: Sequence[Charge], now: float) -> str:
        """Name the limit that a call has to wait for, of several the one it waits for longest."""
        waits = [
            (self._bucket(source, now).wait_seconds(now), f"The source {source.slug!r} takes {source.rate_limit}")
            for source, _ in charges
            if source.rate_limit
        ]
        if self._overall is not None:
            waits.append((self._overall.wait_seconds(now), f"This server takes {self._overall.rate}"))
        _, whose = max(waits, key=itemgetter(0))
        return f"{whose} events a second, and these would be more. {ADVICE}"

    def _bucket(self, source: Source, now: float) -> Bucket:
        bucket = self._by_source.get(source.id)
        rate = source.rate_limit or 0
        if bucket is None or bucket.rate != rate:
            if len(self._by_source) >= MANY_BUCKETS:
                self._by_source = {key: kept for key, kept in self._by_source.items() if not kept.is_full(now)}
            bucket = self._by_source[source.id] = Bucket(rate, now=now)
        return bucket
