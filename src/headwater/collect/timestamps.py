"""Segment's clock-skew rule (reference/segment.md 1.12): timestamp = receivedAt - (sentAt - originalTimestamp)."""

from datetime import UTC, datetime
from typing import Any

from headwater.core.clock import iso_ms


def parse(value: Any) -> datetime | None:
    """Return the instant an ISO 8601 text names, naive ones taken as UTC; None when it names none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def stamp(event: dict[str, Any], *, sent_at: Any, received_at: datetime) -> None:
    """Set originalTimestamp, sentAt, receivedAt and the skew-corrected timestamp of `event`, in place."""
    original, sent = parse(event.get("timestamp")), parse(sent_at)
    event["originalTimestamp"] = iso_ms(original or received_at)
    event["sentAt"] = iso_ms(sent or received_at)
    event["receivedAt"] = iso_ms(received_at)
    event["timestamp"] = iso_ms(_corrected(original, sent, received_at))


def _corrected(original: datetime | None, sent: datetime | None, received_at: datetime) -> datetime:
    if original is None:
        return received_at
    if sent is None:
        return original
    try:
        return received_at - (sent - original)
    except OverflowError:  # a client claims a time beyond the calendar
        return received_at
