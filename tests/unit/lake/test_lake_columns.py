import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.lake.columns import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    LONG,
    SQL_TYPES,
    TIMESTAMP,
    VARCHAR,
    Column,
    joined,
    moment_or_none,
    type_of,
)

TYPES = tuple(SQL_TYPES)


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (True, BOOLEAN),
        (0, INTEGER),
        (2**53, INTEGER),
        (2**53 + 1, LONG),
        (-(2**63), LONG),
        (2**63, VARCHAR),
        (10**30, VARCHAR),
        (1.0, FLOAT),
        ("", VARCHAR),
        ("12", VARCHAR),
        ("true", VARCHAR),
        ("2026-11-28T10:00:00Z", TIMESTAMP),
    ],
)
def test_the_first_value_says_what_a_column_is(value, type_):
    assert type_ == type_of(value)


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("2026-11-28T10:00:00.123Z", "2026-11-28T10:00:00.123Z"),
        ("2026-11-28T10:00Z", "2026-11-28T10:00Z"),
        ("2026-11-28T10:00:00+02:00", "2026-11-28T08:00:00Z"),
        ("2026-11-28T00:30:00.5+0530", "2026-11-27T19:00:00.500000Z"),
        ("1969-07-20T20:17:40Z", "1969-07-20T20:17:40Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_whole_date_time_with_its_zone_is_a_moment(text, in_utc):
    assert in_utc == moment_or_none(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28",
        "2026-11-28T10:00:00",  # whose ten o'clock?
        "2026-11-28 10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-11-28T25:00:00Z",
        "2026-11-28T10:00:60Z",
        "0001-01-01T00:00:00+01:00",  # the year 0
        "9999-12-31T23:59:59-01:00",  # the year 10000
        "+12026-11-28T10:00:00Z",
        "2026-W48-6T10:00:00Z",
        "at 2026-11T",
        "\u0662\u0660\u0662\u0666-11-28T10:00:00Z",  # digits, but not ours
        "2026-11-28T10:00:00Z\n",
    ],
)
def test_anything_less_or_off_the_calendar_stays_text(text):
    assert moment_or_none(text) is None
    assert VARCHAR == type_of(text)


@pytest.mark.parametrize(("one", "other", "third"), list(itertools.product(TYPES, repeat=3)))
def test_types_are_a_lattice_so_their_order_of_sight_says_nothing(one, other, third):
    assert joined(one, other) == joined(other, one)
    assert joined(one, joined(other, third)) == joined(joined(one, other), third)
    assert joined(joined(one, other), one) == joined(one, other)


@pytest.mark.parametrize(
    ("values", "type_", "written"),
    [
        ([1, 2.5], FLOAT, [1, 2.5]),
        ([1, 2**60], LONG, [1, 2**60]),
        ([2.5, 2**60], VARCHAR, [2.5, "1152921504606846976"]),  # a double would make another number of it
        ([1, 2**64], VARCHAR, [1, "18446744073709551616"]),
        ([1, "one"], VARCHAR, [1, "one"]),
        (["one", 1, 1.5, True], VARCHAR, ["one", "1", "1.5", "true"]),
        ([True, 1], VARCHAR, [True, "1"]),
        (["2026-11-28T10:00:00+02:00", "soon"], VARCHAR, ["2026-11-28T08:00:00Z", "soon"]),
        (["soon", "2026-11-28T10:00:00+02:00"], VARCHAR, ["soon", "2026-11-28T10:00:00+02:00"]),
    ],
)
def test_a_column_widens_before_it_takes_what_doesnt_fit(values, type_, written):
    column = Column("c")

    assert written == [column.hold(value) for value in values]
    assert type_ == column.type


def test_a_column_that_became_text_says_what_it_was():
    column = Column("c", INTEGER)
    column.hold("ten")
    column.hold(True)

    assert "integer until varchar came: text since then, with every value as it was sent" == column.note


def test_a_column_that_was_text_all_along_has_nothing_to_say():
    column = Column("c")
    column.hold("ten")
    column.hold(10)

    assert column.note is None


@given(st.lists(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())))
def test_no_order_of_values_makes_a_type_that_one_of_them_doesnt_fit(values):
    column = Column("c")
    for value in values:
        column.hold(value)

    assert all(column.type == joined(column.type, type_of(value)) for value in values)
