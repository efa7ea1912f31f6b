from datetime import UTC, datetime

import pytest

from headwater.core.outcomes import Delivered, NotAuthorised, Rejected, RetryLater
from headwater.net.classify import MAX_RETRY_AFTER_SECONDS, classify_error, classify_status, retry_after_seconds
from headwater.net.outbound import (
    AddressRefusedError,
    BadOutboundRequestError,
    ReceiverTimeoutError,
    ResponseTooLargeError,
    UnreachableError,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind", "is_down"),
    [
        (200, Delivered, None),
        (204, Delivered, None),
        (299, Delivered, None),
        (101, Rejected, None),
        (301, Rejected, None),
        (304, Rejected, None),
        (400, Rejected, None),
        (401, NotAuthorised, None),
        (403, NotAuthorised, None),
        (404, Rejected, None),
        (408, RetryLater, False),
        (410, Rejected, None),
        (423, RetryLater, False),
        (425, RetryLater, False),
        (429, RetryLater, True),
        (500, RetryLater, True),
        (501, Rejected, None),
        (502, RetryLater, True),
        (503, RetryLater, True),
        (599, RetryLater, True),
        (600, Rejected, None),
    ],
)
def test_a_status_says_what_happens_next(status, kind, is_down):
    outcome = classify_status(status, retry_after=None)

    assert isinstance(outcome, kind)
    assert status == outcome.status
    assert is_down == getattr(outcome, "is_down", None)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("99999999", MAX_RETRY_AFTER_SECONDS),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 12:01:30 -0000", 90.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2099 11:00:00 GMT", MAX_RETRY_AFTER_SECONDS),
        ("Mon, 99 Nov 2026 11:00:00 GMT", None),
    ],
)
def test_retry_after_is_honoured_in_both_forms_and_never_longer_than_an_hour(header, seconds):
    assert seconds == retry_after_seconds(header, now=NOON)
    assert seconds == classify_status(503, retry_after=header, now=NOON).retry_after_seconds


def test_a_retry_after_date_says_nothing_to_who_does_not_know_the_time():
    assert retry_after_seconds("Mon, 23 Nov 2026 12:01:30 GMT") is None


def test_a_reason_reads_as_people_write_statuses():
    assert classify_status(503, retry_after=None).reason == "the receiver answered 503 Service Unavailable"
    assert classify_status(799, retry_after=None).reason == "the receiver answered 799"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ReceiverTimeoutError("a"), RetryLater("a", is_down=True)),
        (UnreachableError("b"), RetryLater("b", is_down=True)),
        (AddressRefusedError("c"), Rejected("c")),
        (BadOutboundRequestError("d"), Rejected("d")),
        (ResponseTooLargeError("e"), Rejected("e")),
    ],
)
def test_a_missing_answer_is_tried_again_only_when_time_can_help(error, outcome):
    assert outcome == classify_error(error)
