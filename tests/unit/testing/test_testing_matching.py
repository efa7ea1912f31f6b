import re
import unittest.mock

import pytest

from headwater.testing import ABSENT
from headwater.testing.matching import differences

EVENT = {
    "type": "track",
    "event": "Order Completed",
    "properties": {"revenue": 10, "coupon": None, "gift": True, "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]},
}


def said(expected, actual=EVENT):
    return [str(one) for one in differences(expected, actual)]


@pytest.mark.parametrize(
    "expected",
    [
        {},
        {"type": "track"},
        {"properties": {"revenue": 10}},
        {"properties": {"items": [{"sku": "a"}, {"n": 2}]}},
        {"properties": {"revenue": int, "items": list, "gift": bool}},
        {"properties": {"revenue": float}},
        {"properties": {"revenue": pytest.approx(10.0001, abs=0.01)}},
        {"properties": {"revenue": unittest.mock.ANY}},
        {"properties": {"revenue": lambda revenue: revenue > 9}},
        {"event": re.compile("^Order")},
        {"properties": {"coupon": None}},
        {"properties": {"discount": ABSENT}, "traits": ABSENT},
    ],
    ids=[
        "nothing",
        "a key",
        "nested",
        "list",
        "types",
        "float",
        "approx",
        "any",
        "function",
        "pattern",
        "null",
        "absent",
    ],
)
def test_a_subset_fits(expected):
    assert [] == said(expected)


def test_each_key_that_differs_is_named_with_both_values():
    expected = {
        "event": "Order Paid",
        "properties": {"revenue": 12, "currency": "EUR", "items": [{"sku": "a"}, {"n": 3}]},
    }

    assert [
        "event: expected 'Order Paid', was 'Order Completed'",
        "properties.revenue: expected 12, was 10",
        "properties.currency: expected 'EUR', is missing",
        "properties.items[1].n: expected 3, was 2",
    ] == said(expected)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ({"properties": {"items": [{"sku": "a"}]}}, "properties.items: expected [{'sku': 'a'}], was"),
        ({"properties": {"gift": int}}, "properties.gift: expected any int, was True"),
        ({"properties": {"gift": 1}}, "properties.gift: expected 1, was True"),
        ({"properties": {"revenue": True}}, "properties.revenue: expected True, was 10"),
        ({"event": re.compile("^Cart")}, "event: expected text like /^Cart/, was 'Order Completed'"),
        ({"properties": {"revenue": re.compile("10")}}, "properties.revenue: expected text like /10/, was 10"),
        ({"properties": {"revenue": ABSENT}}, "properties.revenue: expected ABSENT, was 10"),
        ({"properties": {"coupon": ABSENT}}, "properties.coupon: expected ABSENT, was None"),
        ({"traits": {}}, "traits: expected {}, is missing"),
        ({"traits": {"email": "ada@example.com"}}, "traits.email: expected 'ada@example.com', is missing"),
        ({"event": {"name": "x"}}, "event: expected {'name': 'x'}, was 'Order Completed'"),
        ({"traits": None}, "traits: expected None, is missing"),
    ],
    ids=[
        "a shorter list",
        "true is no number",
        "true is not 1",
        "10 is not true",
        "pattern",
        "a pattern is for text",
        "there but unwanted",
        "null is there",
        "an empty one that is missing",
        "within one that is missing",
        "a dict for a text",
        "null for what is missing",
    ],
)
def test_what_does_not_fit_says_why(expected, line):
    (found,) = said(expected)

    assert found.startswith(line)


def test_a_function_is_named():
    def is_large(revenue):
        return revenue > 100

    assert ["properties.revenue: expected what is_large says yes to, was 10"] == said(
        {"properties": {"revenue": is_large}}
    )
