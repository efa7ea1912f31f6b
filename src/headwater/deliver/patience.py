"""For how long a failed delivery is still tried: a span such as `4h` or `3d`, as operators write it. Pure."""

import re

import msgspec

SPAN = re.compile(r"([0-9]{1,6})(s|m|h|d)")
UNIT_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
LONGEST_SECONDS = 7 * UNIT_SECONDS["d"]
FORMS = "a whole number of s, m, h or d, such as 30m, 4h or 3d, from 1s to 7d"


class Patience(msgspec.Struct, frozen=True):
    """How long after its first failure a delivery is still tried."""

    give_up_after_seconds: float


DESTINATION_PATIENCE = Patience(4.0 * UNIT_SECONDS["h"])
ACTION_PATIENCE = Patience(3.0 * UNIT_SECONDS["d"])


def of(text: str) -> Patience:
    """Return what `text` says. ValueError for anything but FORMS."""
    found = SPAN.fullmatch(text)
    seconds = int(found[1]) * UNIT_SECONDS[found[2]] if found else 0
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise ValueError(text)
    return Patience(float(seconds))


def written(patience: Patience) -> str:
    """Return a patience in the largest unit that says it whole: `24h` and `1d` are the same, and written `1d`."""
    seconds = int(patience.give_up_after_seconds)
    unit = next(unit for unit, size in UNIT_SECONDS.items() if seconds % size == 0)
    return f"{seconds // UNIT_SECONDS[unit]}{unit}"
