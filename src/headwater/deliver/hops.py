"""The loop guard: which ways an event has gone already, in its own context. Pure.

Whoever forwards an event to a collector marks it with the way it takes (`context.headwater.hops`), and sends nothing
that bears the mark of that very way: a circle of forwarders, however long, ends with its first round, while a chain of
them goes through. A mark is a hash, which tells nobody the key.
"""

import functools
import hashlib
from typing import Any

LOOP = "LOOP"
CONTEXT, OURS, HOPS = "context", "headwater", "hops"
MARK_CHARS = 16


@functools.lru_cache(maxsize=1_024)
def mark(*way: str) -> str:
    """Return the mark of a way: the same for the same address and key, wherever it is made."""
    return hashlib.sha256("\n".join(way).encode()).hexdigest()[:MARK_CHARS]


def has_gone(event: dict[str, Any], way: str) -> bool:
    """Tell whether an event bears the mark of a way."""
    return way in _hops(event)


def marked(event: dict[str, Any], way: str) -> dict[str, Any]:
    """Return the event with one more mark. What else its context holds stays."""
    context = event.get(CONTEXT)
    context = context if isinstance(context, dict) else {}
    ours = context.get(OURS)
    ours = ours if isinstance(ours, dict) else {}
    return {**event, CONTEXT: {**context, OURS: {**ours, HOPS: [*_hops(event), way]}}}


def _hops(event: dict[str, Any]) -> list[str]:
    found: Any = event
    for key in (CONTEXT, OURS, HOPS):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, list) else []
