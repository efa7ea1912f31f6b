"""From an answer, or from the lack of one, to an outcome, by the general rule. Pure.

A destination that knows its tool better reads the response itself.
"""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from headwater.core.outcomes import Delivered, NotAuthorised, Outcome, Rejected, RetryLater
from headwater.net.outbound import ReceiverTimeoutError, SendError, UnreachableError

MAX_RETRY_AFTER_SECONDS = 3600.0
RETRIABLE_CLIENT_ERRORS = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
AUTHORISATION_ERRORS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
FIRST_SUCCESS, FIRST_REDIRECT, FIRST_SERVER_ERROR, PAST_SERVER_ERRORS = 200, 300, 500, 600


def classify_status(status: int, *, retry_after: str | None, now: datetime | None = None) -> Outcome:
    """Return what a response means for its delivery. A Retry-After that is a date needs `now`."""
    if FIRST_SUCCESS <= status < FIRST_REDIRECT:
        return Delivered(status)
    reason = f"the receiver answered {describe(status)}"
    if status in AUTHORISATION_ERRORS:
        return NotAuthorised(reason, status)
    is_server_error = _is_retriable_server_error(status)
    if is_server_error or status in RETRIABLE_CLIENT_ERRORS:
        return RetryLater(
            reason,
            status,
            retry_after_seconds=retry_after_seconds(retry_after, now=now),
            is_down=is_server_error or status == HTTPStatus.TOO_MANY_REQUESTS,
        )
    return Rejected(reason, status)


def classify_error(error: SendError) -> Outcome:
    """Return what a request without an answer means for its delivery."""
    if isinstance(error, ReceiverTimeoutError | UnreachableError):
        return RetryLater(error.message, is_down=True)
    return Rejected(error.message)


def retry_after_seconds(header: str | None, *, now: datetime | None = None) -> float | None:
    """Return how long a Retry-After header asks us to wait, at most an hour; None when it says nothing."""
    text = (header or "").strip()
    seconds = _seconds(text)
    if seconds is None and now is not None:
        seconds = _seconds_until(text, now)
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def describe(status: int) -> str:
    """Return a status as people read it: `503 Service Unavailable`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _is_retriable_server_error(status: int) -> bool:
    return FIRST_SERVER_ERROR <= status < PAST_SERVER_ERRORS and status != HTTPStatus.NOT_IMPLEMENTED


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - now).total_seconds()
