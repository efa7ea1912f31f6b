"""Spans of time as people write them: seconds, or a number with s, m, h or d, such as `90s`, `4h`, `30d`."""

import re
from datetime import timedelta

from headwater.core.errors import BadRequestError

SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)?")
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, None: 1}


def read(text: str | float) -> timedelta:
    """Return the span. Raises BadRequestError."""
    found = SPAN.fullmatch(str(text).strip())
    if found is None:
        raise BadRequestError(f"{text!r} is no span of time. Write seconds, or 90s, 15m, 4h, 30d.")
    return timedelta(seconds=float(found[1]) * UNITS[found[2]])
