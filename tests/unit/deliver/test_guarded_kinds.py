"""A kind's own code may fail on any event: that costs the event, and the logger hears where, and nothing of what."""

from structlog.testing import capture_logs

from headwater.core.outcomes import Delivered, Rejected
from headwater.deliver import guarding
from headwater.net.outbound import Request


def payloads(event):
    return int(event["key"])


def failing():
    return guarding.guarded(lambda: payloads({"key": "hunter2 of ada@example.com"}), whose="pigeon")


def test_what_it_raised_is_neither_in_the_reason_nor_in_the_log_but_where_is():
    with capture_logs() as lines:
        outcome = failing()
    (line,) = lines

    assert Rejected("INTERNAL: pigeon raised ValueError.") == outcome
    assert ("kind_failed", "pigeon", "ValueError") == (line["event"], line["kind"], line["error"])
    assert line["where"].endswith(" payloads")
    assert "test_guarded_kinds.py:" in line["where"]
    assert not {"exc_info", "exception"} & line.keys()
    assert "hunter2" not in str(line)


def test_what_is_no_request_is_a_refusal_of_the_event():
    assert "made no request" in guarding.request(lambda: None, whose="pigeon").reason
    made = Request(method="POST", url="http://127.0.0.1/")
    assert made == guarding.request(lambda: made, whose="pigeon")


def test_a_reading_of_the_wrong_length_delivers_nobody():
    outcomes = guarding.reading(lambda: [Delivered(), Delivered()], count=3, whose="pigeon")

    assert 3 == len(outcomes)
    assert not any(isinstance(one, Delivered) for one in outcomes)
