"""`match`: what fits which pattern, without ever searching for long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.mapping.fql import globs


def fits(pattern, text):
    return globs.compile_or_none(pattern)(text)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("**", "abc", True),
        ("a*d", "abcd", True),
        ("ab", "abc", False),
        ("a??d", "abcd", True),
        ("a??d", "abd", False),
        ("?", "🐟", True),
        ("*d", "abcd", True),
        ("*/c", "a/b/c", True),
        ("ab\\*d", "ab*d", True),
        ("ab\\*d", "abcd", False),
        ("ab[cC]d", "abCd", True),
        ("ab[a-z]d", "abcd", True),
        ("ab[A-Z]d", "abcd", False),
        ("[^a-c]", "d", True),
        ("[^a-c]", "b", False),
        ("[!a]", "!", True),
        ("[a*]", "*", True),
        ("[\\]]", "]", True),
        ("[\\^a]", "^", True),
        ("]", "]", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("*a*", "bab", True),
        ("*a*b*", "xaybz", True),
        ("*a*b*", "xbyaz", False),
        ("[a-cb-d]", "c", True),
        ("[a-bc-d]", "c", True),
        ("[aa]", "a", True),
        ("*[a-c]?", "xxcb", True),
        ("A*", "abc", False),
        ("a\nb", "a\nb", True),
    ],
)
def test_a_text_fits_a_pattern(pattern, text, expected):
    assert expected is fits(pattern, text)


@pytest.mark.parametrize("pattern", ["[", "[]", "[a", "[-a]", "[a-]", "[^]", "\\", "a\\", "[z-a]", "[\\", "x" * 5121])
def test_a_pattern_that_cannot_be_read_is_none(pattern):
    assert globs.compile_or_none(pattern) is None


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_a_pattern_of_stars_and_question_marks_fits_what_trying_everything_fits(pattern, text):
    def tried(pattern, text):
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(tried(pattern[1:], text[skipped:]) for skipped in range(len(text) + 1))
        return bool(text) and pattern[0] in ("?", text[0]) and tried(pattern[1:], text[1:])

    assert tried(pattern, text) is fits(pattern, text)


@pytest.mark.parametrize(
    "pattern", ["*a" * 2500 + "b", "*?" * 2500 + "b", "a*" * 2000 + "[b]", "[a-y]*" * 800 + "z", "*" * 5000 + "b"]
)
def test_a_hostile_pattern_and_text_of_an_event_take_no_time(pattern):
    started = time.process_time()
    fits(pattern, "a" * 32_000)

    assert time.process_time() - started < 1


def test_many_ranges_and_many_characters_take_no_time():
    started = time.process_time()
    fits(
        "".join(f"[{chr(place)}-{chr(place + 400)}]*" for place in range(300, 1100)),
        "".join(map(chr, range(300, 30_000))),
    )

    assert time.process_time() - started < 1
