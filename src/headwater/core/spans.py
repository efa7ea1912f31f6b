"""Spans of time as people write them: a whole number of s, m, h or d, such as `90s`, `30m`, `4h`, `3d`. Pure."""

import re
from datetime import timedelta

SPAN = re.compile(r"([0-9]{1,9})(s|m|h|d)")
UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
LONGEST = timedelta(days=36_500)


def read(text: str) -> timedelta | None:
    """Return the span that `text` says, None where it says none, or one beyond a century."""
    found = SPAN.fullmatch(text)
    span = int(found[1]) * UNITS[found[2]] if found else None
    return span if span is None or span <= LONGEST else None


def text(seconds: int) -> str:
    """Return a span as people write it, in the largest unit that it is a whole number of."""
    units = [(unit, int(size.total_seconds())) for unit, size in reversed(UNITS.items())]
    unit, size = next((unit, size) for unit, size in units if seconds % size == 0)
    return f"{seconds // size}{unit}"
