"""Segment's clock-skew rule (reference/segment.md 1.12): timestamp = receivedAt - (sentAt - originalTimestamp)."""

from datetime import UTC, datetime
from typing import Any

from headwater.core.clock import iso_ms

# What nearly every client sends is what we store: 2026-11-23T12:00:00.123Z.
STORED_CHARACTERS = 24
STORED_MARKS = ((4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (23, "Z"))


def parse(value: Any) -> datetime | None:
    """Return the instant an ISO 8601 text names, naive ones taken as UTC; None when it names none.

    Digits alone are somebody's epoch, of unknown unit, and no date.
    """
    if not isinstance(value, str) or value.isdigit():
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is UTC:
            return moment
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        tidy = value.strip().upper()  # spaces around, or t and z in lower case, as RFC 3339 allows
        return None if tidy == value else parse(tidy)


def stamp(event: dict[str, Any], *, sent_at: Any, received_at: datetime, received_iso: str) -> None:
    """Set originalTimestamp, sentAt, receivedAt and the skew-corrected timestamp of `event`, in place.

    A time that can't be read stays in originalTimestamp as it was sent: somebody may know what it means.
    """
    given: Any = event.get("timestamp")
    original, sent = parse(given), parse(sent_at)
    event["originalTimestamp"] = _as_sent(given, received_iso) if original is None else _iso(given, original)
    event["sentAt"] = received_iso if sent is None else _iso(sent_at, sent)
    event["receivedAt"] = received_iso
    if original is None:
        event["timestamp"] = received_iso
    elif sent is None:
        event["timestamp"] = event["originalTimestamp"]
    else:
        event["timestamp"] = _corrected(original, sent, received_at)


def _corrected(original: datetime, sent: datetime, received_at: datetime) -> str:
    try:
        return iso_ms(received_at - (sent - original))
    except OverflowError:  # a client claims a time beyond the calendar
        return iso_ms(received_at)


def _as_sent(given: Any, received_iso: str) -> str | int | float:
    """Return what was sent for a time if it says anything, else when it came."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return given if is_number or (isinstance(given, str) and given.strip()) else received_iso


def _iso(text: str, moment: datetime) -> str:
    """Return `moment` as we write times; `text` names it, and is mostly written that way already."""
    if len(text) == STORED_CHARACTERS and text.isascii() and all(text[at] == mark for at, mark in STORED_MARKS):
        return text
    return iso_ms(moment)
