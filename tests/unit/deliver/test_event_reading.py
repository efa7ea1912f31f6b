"""What kinds share to read events and answers: `lookup`, `moments`, `commerce`, `placeholders`, `answers`."""

import pytest

from headwater.deliver import answers, commerce, lookup, moments, placeholders
from headwater.net.outbound import Response

ODD = [None, "text", 7, True, [], [1], {}, {"a": None}, {"a": []}]


@pytest.mark.parametrize("value", ODD)
def test_looking_into_odd_values_finds_nothing_and_never_raises(value):
    event = {"a": value}

    assert lookup.at(event, "a.b.c") is None
    assert lookup.text(event, "a.b", "a.a") is None
    assert {} == lookup.mapping(event, "a.b")


@pytest.mark.parametrize(
    ("value", "text"), [(" ada ", "ada"), ("", None), ("  ", None), (42, "42"), (True, None), ({}, None), (0, "0")]
)
def test_a_text_may_be_a_number_and_never_a_blank(value, text):
    assert text == lookup.text({"id": value}, "id")


def test_the_first_of_several_that_isnt_blank_is_taken():
    event = {"a": "", "b": None, "c": {"d": 0}, "e": "late"}

    assert lookup.first(event, "a", "b", "c.d", "e") == 0
    assert "0" == lookup.text(event, "a", "b", "c.d", "e")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (19.9, 19.9),
        ("19.90", 19.9),
        ("7", 7),
        (" 7 ", 7),
        ("1e3", 1000.0),
        (0, 0),
        (True, None),
        ("", None),
        ("$19", None),
        ("nan", None),
        ("1e999", None),
        (float("inf"), None),
        (None, None),
        ([1], None),
    ],
)
def test_numbers_are_numbers_also_as_texts(value, number):
    assert number == lookup.number(value)
    assert type(number) is type(lookup.number(value))


def test_blanks_are_dropped_at_any_depth_and_zero_and_false_are_none():
    found = lookup.without_blanks(
        {"a": None, "b": "", "c": {"d": None, "e": {}}, "f": 0, "g": False, "h": [], "i": [0]}
    )

    assert {"f": 0, "g": False, "i": [0]} == found


@pytest.mark.parametrize(
    ("value", "microseconds"),
    [
        ("2026-11-28T10:00:00.250001Z", 1795860000250001),
        ("2026-11-28T11:00:00+01:00", 1795860000000000),
        ("2026-11-28 10:00:00", 1795860000000000),
        ("2026-11-28", 1795824000000000),
        (1795860000, 1795860000000000),
        (1795860000250, 1795860000250000),
        ("1969-12-31T23:59:59.5Z", -500000),
        ("yesterday", None),
        ("", None),
        (True, None),
        (1e300, None),
        (float("nan"), None),
        ({}, None),
    ],
)
def test_moments_are_exact_whatever_their_form(value, microseconds):
    assert microseconds == moments.microseconds(value)
    assert (microseconds is None) == (moments.seconds(value) is None)
    if microseconds is not None:
        assert microseconds // 1_000 == moments.milliseconds(value)
        assert microseconds // 1_000_000 == moments.seconds(value)


def test_only_a_completed_order_has_purchases_and_what_is_no_product_is_none():
    order = {"event": "Order Completed", "properties": {"products": [{"sku": "a", "name": ""}, "odd", None]}}

    assert [{"sku": "a"}] == commerce.purchases(order)
    assert [] == commerce.purchases({**order, "event": "Product Viewed"})
    assert [] == commerce.purchases({"event": "Order Completed", "properties": {"products": "odd"}})


@pytest.mark.parametrize("value", ["", " ", "NULL", "n/a", "00000000-0000-0000-0000-000000000000", "{}"])
def test_lost_ids_are_nobodys(value):
    assert placeholders.is_nobody(value)


def test_a_real_id_is_somebodys():
    assert not placeholders.is_nobody("ada")
    assert placeholders.is_nobody("Guest", also=("guest",))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"null", b"\xff", b'{"a":'])
def test_an_answer_that_isnt_the_object_it_should_be_is_an_empty_one(body):
    assert {} == answers.json_object(Response(status=200, body=body))


def test_positions_in_an_answer_are_whole_numbers():
    assert [0, 3] == list(answers.indices([0, "1", None, True, 3, 2.5]))
    assert [] == list(answers.indices({"a": 1}))
