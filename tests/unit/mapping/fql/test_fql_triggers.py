"""Triggers: what their author is told; what they mean is judged by Segment's own package (test_fql_judges.py)."""

import pytest

from headwater.mapping.fql import triggers


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no test in it"),
        ("type", "it ends where a value should stand"),
        ('type!="track"', "column 5: after `!` comes a function"),
        ('type = "track', 'a text is never closed: its " has no partner'),
        ('((type = "track"))', "parentheses can't stand in parentheses"),
        ('(type = "track"', "it ends where a closing parenthesis should stand"),
        ("properties.a < 1.2.3", "a number has one point"),
        ("properties.é = 1", "`é` stands for nothing here"),
        ("x" * 5121, "it is longer than 5 KB"),
    ],
)
def test_a_trigger_that_cannot_be_read_says_why_and_never_matches(text, why):
    trigger = triggers.parse(text)

    assert why in trigger.problem
    assert trigger.is_for({"type": "track"}) is False


def test_a_trigger_that_can_be_read_has_no_problem():
    trigger = triggers.parse('type = "track" and event != null')

    assert trigger.problem is None
    assert trigger.is_for({"type": "track", "event": "Order Completed"})


@pytest.mark.parametrize("event", [None, [], "track", 5])
def test_what_is_no_event_starts_nothing(event):
    assert triggers.parse("event != null").is_for(event) is False


def test_a_number_that_no_double_holds_is_compared_all_the_same():
    assert triggers.parse("properties.a > 5").is_for({"properties": {"a": 10**400}}) is True
    assert triggers.parse("properties.a > 5").is_for({"properties": {"a": -(10**400)}}) is False


@pytest.mark.parametrize(
    ("text", "event", "is_for"),
    [
        ("properties.a > 4", {"properties": {"a": "5"}}, False),  # only a number is compared
        ("properties.a > 4", {"properties": {"a": 5}}, True),
        ('properties.a = "5"', {"properties": {"a": 5}}, False),  # a text is equal to none
        ("properties.a = 5", {"properties": {"a": "5"}}, False),
        ('properties.a != "5"', {}, True),  # what is missing is unequal to anything
        ('!contains(properties.a, "x")', {}, False),  # and contains neither it nor its absence
        ("type = ", {"type": "eos"}, True),  # where the text ends, "eos" stands
    ],
)
def test_segments_quirks_are_kept(text, event, is_for):
    assert triggers.parse(text).is_for(event) is is_for
