import pytest

from headwater.testing import one_line
from headwater.testing.expectation import MOST_SHOWN, Expectation
from headwater.testing.expecting_requests import Containing

SIGNED_UP = {"type": "identify", "userId": "ada", "traits": {"email": "ada@example.com"}, "_source": "app"}
ORDER = {"type": "track", "event": "Order Completed", "userId": "ada", "properties": {"revenue": 10}, "_source": "app"}
CART = {"type": "track", "event": "Cart Viewed", "anonymousId": "a1", "properties": {}, "_source": "web"}


def expecting(times=None, at_least=1, remarks=(), **expected):
    return Expectation(
        what="event", expected=expected, line=one_line.event, times=times, at_least=at_least, remarks=remarks
    )


def failure(candidates, **expectation):
    with pytest.raises(AssertionError) as caught:
        expecting(**expectation).require(candidates)
    return str(caught.value)


def test_returns_those_that_fit():
    assert [ORDER] == expecting(type="track", properties={"revenue": 10}).require([SIGNED_UP, ORDER, CART])


def test_a_failure_shows_the_nearest_and_what_differs_then_all():
    said = failure([CART, SIGNED_UP, ORDER], type="track", event="Order Completed", properties={"revenue": 12})

    assert (
        said
        == """\
Expected at least 1 event with type='track', event='Order Completed', properties={'revenue': 12}; found 0.
The nearest:
  track 'Order Completed' userId=ada properties={"revenue": 10}  (app)
    properties.revenue: expected 12, was 10
All 3:
  track 'Cart Viewed' anonymousId=a1  (web)
  identify userId=ada traits={"email": "ada@example.com"}  (app)
  track 'Order Completed' userId=ada properties={"revenue": 10}  (app)"""
    )


def test_a_failure_without_candidates_says_so_and_ends_with_the_remarks():
    said = failure([], remarks=["Turned away:", "  one"], type="track")

    assert said.splitlines()[1:] == ["There is no event at all.", "Turned away:", "  one"]


@pytest.mark.parametrize(("times", "words"), [(1, "exactly 1"), (0, "no")])
def test_too_many_are_listed(times, words):
    said = failure([ORDER, SIGNED_UP, ORDER], times=times, type="track")

    assert (
        said
        == f"""\
Expected {words} event with type='track'; found 2.
Those that fit:
  track 'Order Completed' userId=ada properties={{"revenue": 10}}  (app)
  track 'Order Completed' userId=ada properties={{"revenue": 10}}  (app)"""
    )


def test_too_few_say_how_many_there_are():
    assert failure([ORDER, CART], at_least=3, type="track").startswith(
        "Expected at least 3 event with type='track'; found 2."
    )
    assert failure([ORDER], times=2, type="track").startswith("Expected exactly 2 event with type='track'; found 1.")


def test_none_is_enough_where_none_is_expected():
    assert [] == expecting(times=0, type="page").require([ORDER])


def test_a_long_list_is_cut_and_counted():
    said = failure([ORDER] * (MOST_SHOWN + 5), type="page").splitlines()

    assert said[-1] == "  … and 5 more"
    assert MOST_SHOWN == sum(line.startswith("  track") for line in said) - 1


def test_a_long_line_is_cut():
    line = one_line.event({**ORDER, "properties": {"text": "x" * 10_000}})

    assert len(line) == one_line.MOST_CHARACTERS
    assert line.endswith("…")


def test_a_request_shows_where_it_went_and_what_came_back():
    left = {"method": "POST", "url": "https://x.example.com/", "body": {"a": 1}, "status": 429, "failure": None}

    assert one_line.request(left) == 'POST https://x.example.com/ → 429  {"a": 1}'
    assert one_line.request({**left, "destination_name": "CRM", "status": None, "failure": "It hung."}) == (
        'POST https://x.example.com/ [CRM] → It hung.  {"a": 1}'
    )


def test_text_in_a_mail_may_stand_anywhere():
    assert Containing("code") == "Your code is 1"
    assert Containing("code") != "Welcome"
    assert repr(Containing("code")) == "text with 'code' in it"
