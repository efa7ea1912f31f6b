"""How long deliveries took, as a histogram of bounded size: from a millisecond to a day and a half. Pure.

Each bucket ends 9 % above the one before, so that a percentile is right to that, for an event that came through at
once and for one that waited for hours alike. All bounds together are some two hundred.
"""

import math
from collections.abc import Mapping

import msgspec

STEPS_PER_DOUBLING = 8
DOUBLINGS = 27  # 2**27 ms: 37 hours
LAST = STEPS_PER_DOUBLING * DOUBLINGS

MEDIAN, MOST, NEARLY_ALL = 0.5, 0.95, 0.99


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """What of `count` deliveries half, 95 % and 99 % were no slower than; None where there were none."""

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


def bucket_of(milliseconds: float) -> int:
    """Return the bucket that a time is in; what is longer than the last one's is in that."""
    if milliseconds <= 1:
        return 0
    return min(math.ceil(STEPS_PER_DOUBLING * math.log2(milliseconds)), LAST)


def bound_ms(bucket: int) -> float:
    """Return the longest time of a bucket."""
    return float(2 ** (bucket / STEPS_PER_DOUBLING))


def percentiles(counts: Mapping[int, int]) -> Percentiles:
    """Return the percentiles of a histogram: no less than the true ones, and at most 9 % more."""
    return Percentiles(
        count=sum(counts.values()),
        p50_ms=_percentile(counts, MEDIAN),
        p95_ms=_percentile(counts, MOST),
        p99_ms=_percentile(counts, NEARLY_ALL),
    )


def cumulated(counts: Mapping[int, int]) -> list[tuple[float, int]]:
    """Return how many took no longer than each power of two, in seconds, as Prometheus counts them."""
    ends = range(0, LAST + 1, STEPS_PER_DOUBLING)
    return [(bound_ms(end) / 1_000, sum(counts[one] for one in counts if one <= end)) for end in ends[:-1]]


def _percentile(counts: Mapping[int, int], share: float) -> float | None:
    rank, passed = math.ceil(sum(counts.values()) * share), 0
    for bucket in sorted(counts):
        passed += counts[bucket]
        if passed >= rank:
            return round(bound_ms(bucket), 1)
    return None
