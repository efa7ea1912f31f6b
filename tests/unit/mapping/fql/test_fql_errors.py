"""Texts that are no FQL are refused, with the place, what stands there, and what to write instead."""

import time

import pytest

from headwater.mapping.fql import expressions
from headwater.mapping.fql.bad_fql import BadFqlError


def _refusal(text):
    with pytest.raises(BadFqlError) as refused:
        expressions.parse(text)
    return refused.value


@pytest.mark.parametrize(
    ("text", "column", "found", "hint"),
    [
        ("event == 'x'", 7, "`==`", "Write `=`."),
        ("event === 'x'", 7, "`===`", "Write `=`."),
        ("a && b", 3, "`&&`", "Write `and`."),
        ("a || b", 3, "`||`", "Write `or`."),
        ("a <> b", 3, "`<>`", "Write `!=`."),
        ("a !== b", 3, "`!==`", "Write `!=`."),
        ("a AND b", 3, "`AND`", "Write `and` in small letters."),
        ("NOT contains( a, 'b' )", 5, "`contains`", "Write `!`, as in `!contains( event, 'x' )`."),
        ("a like 'b*'", 3, "`like`", "Write `match( path, 'a*' )`."),
        ("event = Order Completed", 15, "`Completed`", "Put a text into quotes."),
        ('userId = oops"', 14, '`"`, which is never closed', None),
        ("event = 'it\\'s'", 15, "`'`, which is never closed", "A backslash in a text is a backslash: "),
        ("!a = b", 4, "`=`", "Write `!( … = … )` to negate the comparison."),
        ("a = b = c", 7, "`=`", "Comparisons don't chain"),
        ("a = !b", 5, "`!`", "To negate, write `!=`."),
        ("startsWith( a, 'b' )", 1, "`startsWith`", "Write `match( path, 'a*' )`."),
        ("containz( a, 'b' )", 1, "`containz`", "Did you mean `contains`?"),
        ("length( a, b )", 1, "`length`", None),
        ("match( a, '[b' )", 1, "`match`", "Put \\ before a bracket or backslash that is meant as itself."),
        ("match( a, 'b\\' )", 1, "`match`", "Put \\ before"),
        ("match( a, '[z-a]' )", 1, "`match`", "Put \\ before"),
        ("( a", 4, "the end", None),
        ("a )", 3, "`)`", None),
        ("a in [ 'x'", 11, "the end", None),
        ("", 1, "the end", None),
        ("a =", 4, "the end", None),
        ("a or", 5, "the end", None),
        ("in = 1", 1, "`in`", "A field of that name is `\\in`."),
        ("x = 5abc", 6, "`a` after `5`", "Put a text into quotes."),
        ("x. = 1", 2, "`.` after `x`", "After a dot comes the name of a field."),
        ("properties.é = 1", 11, "`.` after `properties`", "In a path every character but a-z A-Z 0-9 _ - takes a \\"),
        ("naïve = 1", 3, "`ï` after `na`", "takes a \\ before it: `\\ï`."),
        ("$.a = 1", 1, "`$`", "A path begins with the name of a field"),
        ("a - b > 3", 3, "`-`", "A path begins with a letter or _"),
        ("a = 1e400", 5, "`1e400`", None),
        ("a \\", 3, "`\\`", "A backslash stands before the character"),
        ("a \x00", 3, "`\x00`", None),
    ],
)
def test_refuses_what_is_no_fql_and_says_where_and_what_to_write(text, column, found, hint):
    refusal = _refusal(text)

    assert (column, found) == (refusal.context["column"], refusal.context["found"])
    assert refusal.message.startswith(f"FQL, column {column}: found {found}, expected ")
    assert (hint or "") in (refusal.context["hint"] or "")
    assert (hint is None) == (refusal.context["hint"] is None) or text.startswith("length")


def test_a_place_in_several_lines_has_a_line():
    assert _refusal("a = 1\n  and b == 2").message.startswith("FQL, line 2, column 9: found `==`")


@pytest.mark.parametrize("text", ["a" * 5121, "é" * 2561, "'" + "x" * 5200 + "'"])
def test_refuses_more_than_five_kilobytes(text):
    assert "expected at most 5 KB" in _refusal(text).message


@pytest.mark.parametrize("opening", ["(", "!", "[", "length(", "!(", "(a in [", "contains('a',"])
def test_refuses_what_is_nested_too_deeply_instead_of_running_out_of_stack(opening):
    assert "at most 40 levels" in _refusal(opening * (5000 // len(opening))).message


@pytest.mark.parametrize(
    "text",
    [
        "'" * 5119,
        "\\" * 5119,
        "a." * 2559,
        "a and " * 853,
        "!" * 5119,
        "1" * 5119,
        "1e" * 2559,
        "[" * 5119,
        "\n" * 5119,
    ],
)
def test_a_hostile_text_is_refused_in_no_time(text):
    started = time.process_time()
    _refusal(text)

    assert time.process_time() - started < 0.5


def test_a_long_text_is_not_repeated_in_its_error():
    assert len(_refusal("'" + "x" * 4000).message) < 200
