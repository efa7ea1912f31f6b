"""A moment of the past as people write it: an age such as 1h, or a time. Pure."""

from datetime import datetime

from headwater.core import spans
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError

BEGINNING = "beginning"
FORMS = "an age such as 15m, 1h or 7d, or a time such as 2026-11-28T12:00:00Z"


class BadMomentError(BadRequestError):
    """That is no moment: write an age such as 1h, or a time such as 2026-11-28T12:00:00Z."""

    code = "bad_moment"


def moment_ms(text: str, *, name: str, clock: Clock) -> int:
    """Return the moment that `text` means; `beginning` is before everything. Raises BadMomentError, naming `name`."""
    if text == BEGINNING:
        return 0
    try:
        if (age := spans.read(text)) is not None:
            return epoch_ms(clock.now() - age)
        meant = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise BadMomentError(f"{name} is {FORMS}, or {BEGINNING}, not {text[:40]!r}.") from None
    if meant.tzinfo is None:
        raise BadMomentError(f"{name} {text} has no zone; put Z behind it for UTC.")
    return max(epoch_ms(meant), 0)
