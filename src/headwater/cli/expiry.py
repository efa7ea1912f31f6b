"""How long a key is good, as people write it: an age such as 90d, or a moment. Pure."""

from datetime import datetime

from headwater.cli.usage import UsageError
from headwater.core import spans

FORMS = "an age such as 12h or 90d, or a moment such as 2030-01-31T00:00:00Z"


def moment(text: str, *, now: datetime) -> str:
    """Return the moment that `text` means, in ISO 8601 with its zone. Raises UsageError."""
    try:
        age = spans.read(text)
        meant = datetime.fromisoformat(text) if age is None else now + age
    except (ValueError, OverflowError):
        raise UsageError(f"--expires takes {FORMS}, not {text!r}.") from None
    if meant.tzinfo is None:
        raise UsageError(f"--expires {text} has no zone; put Z behind it for UTC.")
    return meant.isoformat()
