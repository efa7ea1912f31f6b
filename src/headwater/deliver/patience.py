"""For how long a failed delivery is still tried: a span such as `4h` or `3d`, as operators write it. Pure."""

from datetime import timedelta

import msgspec

from headwater.core import spans

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=7)
FORMS = "a whole number of s, m, h or d, such as 30m, 4h or 3d, from 1s to 7d"


class Patience(msgspec.Struct, frozen=True):
    """How long after its first failure a delivery is still tried."""

    give_up_after_seconds: float


DESTINATION_PATIENCE = Patience(timedelta(hours=4).total_seconds())
ACTION_PATIENCE = Patience(timedelta(days=3).total_seconds())


def of(text: str) -> Patience:
    """Return what `text` says. ValueError for anything but FORMS."""
    span = spans.read(text)
    if span is None or not SHORTEST <= span <= LONGEST:
        raise ValueError(text)
    return Patience(span.total_seconds())


def written(patience: Patience) -> str:
    """Return a patience in the largest unit that says it whole: `24h` and `1d` are the same, and written `1d`."""
    span = timedelta(seconds=int(patience.give_up_after_seconds))
    unit = next(unit for unit in ("d", "h", "m", "s") if not span % spans.UNITS[unit])
    return f"{span // spans.UNITS[unit]}{unit}"
