"""Moments in events, as the numbers that tools want: whole seconds, milliseconds or microseconds since 1970."""

from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A number below this is seconds (until the year 5138), else milliseconds (since March 1973).
FIRST_MILLISECONDS = 100_000_000_000


def moment(value: Any) -> datetime | None:
    """Return a moment given as ISO 8601 text (UTC unless it says otherwise) or a number; None for anything else."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value if abs(value) < FIRST_MILLISECONDS else value / 1_000
            return EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
    return None


def seconds(value: Any) -> int | None:
    return _since_epoch(value, timedelta(seconds=1))


def milliseconds(value: Any) -> int | None:
    return _since_epoch(value, timedelta(milliseconds=1))


def microseconds(value: Any) -> int | None:
    return _since_epoch(value, timedelta(microseconds=1))


def _since_epoch(value: Any, unit: timedelta) -> int | None:
    found = moment(value)
    return None if found is None else (found - EPOCH) // unit
