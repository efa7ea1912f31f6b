"""A column that widens: whatever a file has of it comes out as the same value in the type of now."""

import json
from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.lake import casts
from headwater.lake.columns import SQL_TYPES, joined, type_of


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


def widened(duck, value, *, was, now):
    """Return what a query sees of a value that a file has by its first type."""
    made = f'SELECT CAST(? AS {SQL_TYPES[was]}) AS "the column"'
    wanted = casts.as_now("the column", was=SQL_TYPES[was], now=SQL_TYPES[now])
    return duck.execute(f"SELECT {wanted} FROM ({made})", [value]).fetchone()[0]  # noqa: S608  the same


moments = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31))  # noqa: DTZ001  UTC is put to it


@given(moment=moments)
def test_a_moment_that_becomes_text_is_the_same_moment_to_the_microsecond(duck, moment):
    sent = moment.isoformat() + "Z"

    text = widened(duck, sent, was="timestamp", now="varchar")

    assert moment.replace(tzinfo=UTC) == datetime.fromisoformat(text)
    assert "timestamp" == type_of(text)


@given(
    value=st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | moments.map(lambda moment: moment.isoformat() + "Z"),
    met=st.sampled_from(["integer", "float", "varchar"]),
)
def test_whatever_a_value_meets_it_stays_what_it_was(duck, value, met):
    first = type_of(value)
    now = joined(first, met)

    seen = widened(duck, value, was=first, now=now)

    if first == "timestamp":
        assert now != "varchar" or datetime.fromisoformat(value) == datetime.fromisoformat(seen)
    else:
        assert value == (json.loads(seen) if now == "varchar" else seen)


def test_a_moment_to_the_millisecond_is_written_as_events_write_it(duck):
    assert "2026-11-29T10:00:00.250Z" == widened(duck, "2026-11-29T10:00:00.25Z", was="timestamp", now="varchar")
