"""One destination's metrics as operators see them: what was counted for good, and how its lane is doing now. Pure."""

from collections.abc import Mapping
from typing import Any

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.deliver.metrics import latencies
from headwater.deliver.metrics.latencies import Percentiles
from headwater.deliver.metrics.sums import Sums


def sheet(sums: Sums, *, lane: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the document. `lane` is what whoever delivers says of it; None where nobody does, or none runs."""
    counted = sums.figures
    reasons = {
        "filtered": counted.filtered,
        "rejected": counted.rejected,
        "not_authorised": counted.not_authorised,
        "retried": counted.retried,
    }
    return {
        "counting_since": _time(counted.since_ms),
        "delivered": counted.delivered,
        **{name: sum(by_reason.values()) for name, by_reason in reasons.items()},
        "reasons": reasons,
        "attempts": counted.attempts,
        "redriven": counted.redriven,
        "replayed": counted.replayed,
        "retrying": sums.retrying,
        "oldest_retry_at": _time(sums.oldest_retry_ms),
        "dead_letters": sums.dead_letters,
        "latency": _percentiles(latencies.percentiles(counted.latencies)),
        "lane": lane and {name: value for name, value in lane.items() if name not in _ELSEWHERE},
    }


# What a lane says of itself that stands in the sheet already.
_ELSEWHERE = frozenset({"destination", "retrying"})


def _percentiles(found: Percentiles) -> dict[str, float | None]:
    return {"count": found.count, "p50_ms": found.p50_ms, "p95_ms": found.p95_ms, "p99_ms": found.p99_ms}


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso_ms(from_epoch_ms(milliseconds))
