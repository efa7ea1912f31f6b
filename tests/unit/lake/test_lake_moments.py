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

    for texts in ({text}, {text, "2026-11-29T12:00:00.5Z"}, {text, "2026-11-29T12:00:01Z"}):
        assert odd == moments.odd_ones(texts)
