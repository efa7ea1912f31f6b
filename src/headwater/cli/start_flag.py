"""`--start`: from which event on a new destination gets any. Pure."""

from datetime import datetime, timedelta
from typing import Any

from headwater.cli.usage import UsageError
from headwater.settings import DURATION, DURATION_UNITS

WORDS = ("now", "beginning")
FORMS = "now, beginning, a moment such as 2026-11-28T12:00:00Z, or an age such as 12h"


def given(text: str, *, now: datetime) -> Any:
    """Return what the API is told. Raises UsageError."""
    if text in WORDS:
        return text
    try:
        found = DURATION.fullmatch(text)
        meant = now - timedelta(**{DURATION_UNITS[found[2]]: int(found[1])}) if found else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(f"--start takes {FORMS}, not {text!r}.") from None
    if meant.tzinfo is None:
        raise UsageError(f"--start {text} has no zone; put Z behind it for UTC.")
    return {"at": meant.isoformat()}
