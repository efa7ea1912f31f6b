"""`--start`: from which event on a new destination gets any. Pure."""

from datetime import datetime
from typing import Any

from headwater.cli.usage import UsageError
from headwater.core import spans

WORDS = ("now", "beginning")
FORMS = "now, beginning, a moment such as 2026-11-28T12:00:00Z, or an age such as 12h"


def given(text: str, *, now: datetime) -> Any:
    """Return what the API is told. Raises UsageError."""
    if text in WORDS:
        return text
    try:
        age = spans.read(text)
        meant = datetime.fromisoformat(text) if age is None else now - age
    except (ValueError, OverflowError):
        raise UsageError(f"--start takes {FORMS}, not {text!r}.") from None
    if meant.tzinfo is None:
        raise UsageError(f"--start {text} has no zone; put Z behind it for UTC.")
    return {"at": meant.isoformat()}
