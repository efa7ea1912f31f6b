"""FQL as documented, rule by rule; every example of docs/fql.md is run."""

import re
from pathlib import Path

import pytest

from headwater.mapping.fql import expressions
from headwater.mapping.fql.undecided import Undecided

PAGE = Path(__file__).parents[4] / "docs" / "fql.md"
EVENT = {
    "type": "track",
    "event": "Button Clicked",
    "userId": "ada",
    "context": {"library": {"name": "analytics.js", "version": "1.0"}},
    "properties": {
        "features": ["discounts", "dark-mode"],
        "price": 12.5,
        "quantity": 2,
        "enabled": True,
        "coupon": None,
        "product 1": {"price": "19.99"},
        "products": [{"sku": "a-1"}, {"sku": "b-2"}],
        "a.b": "dotted",
        "digits": list(range(12)),
    },
}
RESULTS = {"true": True, "false": False, "dropped": Undecided}


def _examples():
    rows = re.findall(r"^\| `(.+?)` \| (true|false|dropped) \|", PAGE.read_text(), re.MULTILINE)
    return [(text.replace("\\|", "|"), RESULTS[result]) for text, result in rows]


def _said(text, event=None):
    return expressions.parse(text).evaluate(EVENT if event is None else event)


@pytest.mark.parametrize(("text", "expected"), _examples())
def test_an_example_of_the_documentation_is_true(text, expected):
    said = _said(text)

    assert expected is (Undecided if isinstance(said, Undecided) else said)


def test_the_documentation_has_examples():
    assert len(_examples()) > 40


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("null", False),
        ("!null", True),
        ("!!properties.enabled", True),
        ("false or true and false", False),
        ("true or false and false", True),
        ("(true or false) and false", False),
        ("true and null", False),
        ("null or true", True),
        ("1 = 1.0", True),
        ("1 = true", False),
        ("0 = false", False),
        ("'1' = 1", False),
        ("'1' != 1", True),
        ("null = null", True),
        ("nothing = null", True),
        ("[1, 'a', [true]] = [1.0, 'a', [true]]", True),
        ("[1, 2] = [2, 1]", False),
        ("[] = false", False),
        ("(1 = 1) = true", True),
        ("'2' > 1", False),
        ("null < 1", False),
        ("2 >= 2", True),
        ("-1 < 0", True),
        ("+1.5e2 = 150", True),
        ("2 <= 1", False),
        ("null in [null]", True),
        ("'a' in ['b', 1]", False),
        ("1 in [true]", False),
        ("1.0 in ['x', 1]", True),
        ("userId in [userId]", True),
        ("'x' in null", False),
        ("[1] in [[1]]", True),
        ("length( 'ア' ) = 3", True),
        ("length( [1, null] ) = 2", True),
        ("length( '\ud800' ) = 3", True),
        ("length( 5 ) = null", True),
        ("lowercase( 'ÄB' ) = 'äb'", True),
        ("uppercase( 5 ) = null", True),
        ("contains( ['a'], 'a' )", False),
        ("typeof( [] ) = 'list'", True),
        ("typeof( context ) = 'object'", True),
        ("bool( '' )", False),
        ("bool( 'false' )", False),
        ("bool( 'no' )", True),
        ("bool( [] )", False),
        ("bool( 0.0 )", False),
        ("bool( context )", True),
        ("string( null ) = ''", True),
        ("string( 1.0 ) = '1'", True),
        ("string( true ) = 'true'", True),
        ('string( properties.products ) = \'[{"sku":"a-1"},{"sku":"b-2"}]\'', True),
        ("number( ' 12.50 ' ) = 12.5", True),
        ("number( '0x10' ) = null", True),
        ("number( '1e999' ) = null", True),
        ("number( true ) = null", True),
        ("match( userId, null )", False),
        ("all = null", True),  # only as the whole text is it everything
        ("  all\n", True),
        ("'it''s' = 'x'", None),
    ],
)
def test_a_rule_of_the_language(text, expected):
    if expected is None:
        with pytest.raises(expressions.grammar.BadFqlError):
            expressions.parse(text)
    else:
        assert expected is _said(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("event", "the type is string where true or false is needed"),
        ("properties.price", "the type is number where true or false is needed"),
        ("!event", "the type is string where true or false is needed"),
        ("event and true", "the type is string where true or false is needed"),
        ("false or context", "the type is object where true or false is needed"),
        ("'a' in event", "the type is string where `in` needs a list"),
        ("match( event, properties.pattern )", "the pattern of match() is none"),
    ],
)
def test_what_cannot_be_decided_is_neither_true_nor_false(text, why):
    assert Undecided(why) == _said(text, {**EVENT, "properties": {"price": 1, "pattern": "[a"}})


def test_what_is_decided_already_is_not_looked_at_further():
    assert _said("false and event") is False
    assert _said("true or event") is True


@pytest.mark.parametrize("event", [None, [], "text", 5, True, [{"type": "track"}]])
def test_of_what_is_no_event_every_field_is_null(event):
    assert expressions.parse("type = null").evaluate(event) is True


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("properties.products.0.sku", "a-1"),
        ("properties.products.1.sku", "b-2"),
        ("properties.products.2.sku", None),
        ("properties.products.00.sku", None),
        ("properties.digits.11", 11),
        ("properties.digits.01", None),
        ("properties.products.-1.sku", None),
        ("properties.products.length", None),
        (f"properties.products.{'9' * 5000}", None),
        ("properties.product\\ 1.price", "19.99"),
        ("properties.a\\.b", "dotted"),
        ("properties.a.b", None),
        ("event.length", None),
        ("context.library.version.get", None),
        ("\\type", "track"),
    ],
)
def test_a_path_finds(path, expected):
    found = _said(f"{path} = {f'{expected!r}' if expected else 'null'}")

    assert found is True


def test_an_expression_of_a_thousand_parts_is_evaluated():
    text = " or ".join(["a"] * 1000)

    assert expressions.parse(text).evaluate({"a": False}) is False


def test_a_deep_event_is_compared_and_not_written():
    deep = []
    for _ in range(100_000):
        deep = [deep]

    assert _said("a = b", {"a": deep, "b": deep}) is True
    assert _said("string( a ) = ''", {"a": deep}) == Undecided("the value of string() is nested too deeply")
