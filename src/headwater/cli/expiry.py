"""How long a key is good, as people write it: an age such as 90d, or a moment. Pure."""

from datetime import datetime, timedelta

from headwater.cli.usage import UsageError
from headwater.settings import DURATION, DURATION_UNITS

FORMS = "an age such as 12h or 90d, or a moment such as 2030-01-31T00:00:00Z"


def moment(text: str, *, now: datetime) -> str:
    """Return the moment that `text` means, in ISO 8601 with its zone. Raises UsageError."""
    try:
        found = DURATION.fullmatch(text)
        if found:
            return (now + timedelta(**{DURATION_UNITS[found[2]]: int(found[1])})).isoformat()
        meant = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(f"--expires takes {FORMS}, not {text!r}.") from None
    if meant.tzinfo is None:
        raise UsageError(f"--expires {text} has no zone; put Z behind it for UTC.")
    return meant.isoformat()
