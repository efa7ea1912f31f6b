"""The quick look at an event's times says the same as the careful one."""

import pytest

from headwater.lake.columns import moment_or_none
from headwater.lake.moments import Moments

TEXTS = [
    "2026-11-29T12:00:00.123Z",
    "2026-11-29T12:00:00Z",
    "2026-11-29T12:00:00.1234567Z",
    "2026-11-29T12:00Z",
    "2026-11-29T12:00:00.123+02:00",
    "2026-11-29T12:00:00.123",
    "2026-11-29 12:00:00.123Z",
    "2026-11-31T12:00:00.123Z",
    "2026-11-29T24:00:00.123Z",
    "2026-W48-7T12:00:00.123Z",
    "2026-11-29T12:00:00.12cZ",
    "yesterday",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_a_moment_exactly_if_the_lake_writes_it_so(text):
    moments = Moments()
    assert set() == moments.odd_ones({"2026-11-29T12:00:00Z"})  # a second that is remembered
    odd = set() if moment_or_none(text) == text else {text}

    for texts in ({text}, {text, "2026-11-29T12:00:00.500Z"}, {text, "2026-11-29T12:00:01Z"}):
        assert odd == moments.odd_ones(texts)


@pytest.mark.parametrize(
    "odd",
    [
        {"2026-11-29T12:60:00.000Z"},
        {"2026-11-29T12:00:60.000Z"},
        {"2026-11-29T12:00:00.000z"},
        {"2026-11-29T12:00:00,000Z"},
        {"2026-11-29T12:0a:00.000Z"},
        {"2026-11-29T12:00:0\u0663.000Z"},
        {"2026-11-29T12", "2026-11-29T12:00:00.000Z:00:00.000Z"},  # as long together as two
    ],
)
def test_among_moments_of_one_hour_those_that_are_none_are_found(odd):
    written = {f"2026-11-29T12:{minute:02}:07.125Z" for minute in range(60)}

    assert set() == Moments().odd_ones(written)
    assert odd == Moments().odd_ones(written | odd)
