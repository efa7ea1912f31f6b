"""How a destination does, in a word: from the metrics that the API has of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GOOD, WAITING, BAD, OFF = "good", "waiting", "bad", "off"
LONG_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`word` says what is the matter; nothing is said where all is well."""

    kind: str
    word: str = ""


def of(metrics: Mapping[str, Any] | None) -> Health:
    """Return the worst that there is to say."""
    lane = (metrics or {}).get("lane") or {}
    if lane.get("problem"):
        return Health(kind=BAD, word="stands still")
    if lane.get("breaker") == "open":
        return Health(kind=BAD, word="doesn't answer")
    if lane.get("breaker", "closed") != "closed":
        return Health(kind=WAITING, word="fails")
    if metrics and metrics["retrying"]:
        return Health(kind=WAITING, word=f"{metrics['retrying']:,} retrying")
    if metrics and metrics["dead_letters"]:
        return Health(kind=WAITING, word=f"{metrics['dead_letters']:,} dead")
    return Health(kind=WAITING, word="behind") if (lane.get("lag_seconds") or 0) > LONG_SECONDS else Health(kind=GOOD)
