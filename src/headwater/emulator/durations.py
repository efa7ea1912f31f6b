"""By how much a clock jumps, as a test writes it: seconds, or a span such as `90s`, `4h`, `30d`."""

from datetime import timedelta

from headwater.core import spans
from headwater.core.errors import BadRequestError

MOST_SECONDS = spans.LONGEST.total_seconds()


def read(value: str | float) -> timedelta:
    """Return the span. Raises BadRequestError."""
    seconds = _seconds(value)
    span = spans.read(str(value)) if seconds is None else seconds
    if span is None:
        raise BadRequestError(f"{value!r} is no span of time. Write seconds, or such as 90s, 15m, 4h, 30d.")
    return span


def _seconds(value: str | float) -> timedelta | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return timedelta(seconds=seconds) if 0 <= seconds <= MOST_SECONDS else None
