"""Texts and numbers as moments: what events hold, and the commonest of what else JavaScript's Date reads."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 64
MILLISECOND = timedelta(milliseconds=1)
_SECONDS = re.compile("[0-9]+")
_ISO = re.compile(
    r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_FORMS = (
    "%B %d, %Y",
    "%b %d, %Y",
    "%B %d, %Y %H:%M",
    "%B %d, %Y %H:%M:%S",
    "%b %d, %Y %H:%M:%S",
    "%d %B %Y",
    "%d %b %Y",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M:%S",
)


def from_seconds(seconds: float) -> datetime | None:
    """Return the moment so many seconds after 1970, or None where there is none."""
    try:
        return EPOCH + int(seconds * 1000) * MILLISECOND
    except (OverflowError, ValueError):
        return None


def read(text: str) -> datetime | None:
    """Return the moment that `text` says, or None. Without a zone it is UTC."""
    if len(text) > LONGEST:
        return None
    if _SECONDS.fullmatch(text):
        return from_seconds(int(text))
    found = _iso(text.strip()) if _ISO.fullmatch(text.strip()) else _other(text.strip())
    if found is None:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _iso(text: str) -> datetime | None:
    day, _, time = text.replace(" ", "T").partition("T")
    whole = day + "-01" * (2 - day.count("-")) + (f"T{time}" if time else "")
    try:
        return datetime.fromisoformat(whole)
    except ValueError:
        return None


def _other(text: str) -> datetime | None:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
