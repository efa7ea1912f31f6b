"""From the reason for which something was not delivered to one of few words that can be counted. Pure.

A reason is text: it may quote an event, or a receiver. What is counted by must be bounded, whatever they say.
"""

import re

MAX_CODES = 100
OTHER = "other"
GAVE_UP = "GAVE_UP"
NO_ANSWER = "NO_ANSWER"
MAPPED = "NOT_SENT"

# Segment writes two of its codes small. Any small word would be too much: a sentence may begin with a name and a colon.
_CODE = re.compile(r"(?:[A-Z][A-Z_]{2,59}|message_rejected|bad_request)(?=:|$)")


def of_filtered(reason: str | None) -> str:
    """Return the discard code that a filtered event's reason begins with."""
    return _code(reason) or OTHER


def of_refused(reason: str | None, status: int | None) -> str:
    """Return why a delivery will not be tried again: the code of ours, else what the receiver answered."""
    return _code(reason) or (f"HTTP_{status}" if status else MAPPED)


def of_failed(status: int | None) -> str:
    """Return why an attempt failed that is followed by another one."""
    return f"HTTP_{status}" if status else NO_ANSWER


def _code(reason: str | None) -> str | None:
    found = _CODE.match(reason or "")
    return found[0] if found else None
