"""Batches, read back by DuckDB: the lines and the types of their columns are what it gets from the writer."""

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows_made import AT, AT_MS, COMMON, as_duckdb_reads, lines, note, paid, put_together, track, types

from headwater.lake.batches import Batches
from headwater.lake.columns import FLOAT, TIMESTAMP, VARCHAR, moment_or_none
from headwater.lake.tables import KnownColumn, Tables

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    st.sampled_from([AT, "2026-11-28T10:00:00+02:00", "2026-11-28"]),
)
KEYS = st.one_of(st.sampled_from(["a", "A", "a_b", "aB", "id", "name", "日本", "context", "x" * 80]), TEXTS)
PROPERTIES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
        max_leaves=10,
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def duck():
    connection = duckdb.connect()
    yield connection
    connection.close()


def test_context_has_one_type_in_all_tables_of_a_source():
    batches = put_together({**track("One"), "context": {"build": 1}}, {**track("Two"), "context": {"build": "2b"}})

    assert [VARCHAR] * 2 == [types(batch)["context_build"] for batch in batches.values()]
    assert all("integer until varchar came" in note(batch, "context_build") for batch in batches.values())


def test_properties_have_the_types_of_their_own_table():
    batches = put_together(track("One", total=1), track("Two", total="2"))

    assert ["integer", VARCHAR] == [types(batches[name])["total"] for name in ("one", "two")]


def test_types_go_on_from_what_the_lake_has():
    known = [
        KnownColumn(table="paid", column="total", type=FLOAT),
        KnownColumn(table="paid", column="plan", type=VARCHAR, note="integer until varchar came: …"),
        KnownColumn(table="tracks", column="context_build", type=VARCHAR, note="timestamp until varchar came: …"),
        KnownColumn(table="paid", column="context_build", type=TIMESTAMP),
        KnownColumn(table="paid", column="_more", type=VARCHAR, note="what found no column of its own: properties.x;"),
    ]
    event = {**track(total=1, plan=5, id="x"), "context": {"build": AT}}
    batch = paid(event, tables=Tables(known))

    assert {"total": FLOAT, "plan": VARCHAR, "context_build": VARCHAR}.items() <= types(batch).items()
    assert "5" == lines(batch)[0]["plan"]
    assert "what found no column of its own: properties.x; properties.id;" == note(batch, "_more")
    assert "integer until varchar came: …" == note(batch, "plan")
    assert "timestamp until varchar came: …" == note(batch, "context_build")


@pytest.mark.parametrize("event", [None, [], "track", {}, {"type": "unknown"}, {"type": ["track"]}, {"type": None}])
def test_what_is_no_call_has_no_rows_and_stops_nobody(event):
    batches = Batches(Tables())
    batches.add(event, offset=1, received_at_ms=AT_MS)

    assert [] == batches.batches()


def test_days_are_apart_by_when_events_came_not_by_what_they_say():
    batches, day_ms = Batches(Tables()), 86_400_000
    for number, at_ms in enumerate((day_ms - 1, day_ms, day_ms + 1), start=1):
        event = {"type": "identify", "messageId": "m", "timestamp": AT}
        batches.add(event, offset=number, received_at_ms=at_ms)

    assert [("1970-01-01", 1, 1, 1), ("1970-01-02", 2, 2, 3)] == [
        (batch.day, batch.rows, batch.first_offset, batch.last_offset) for batch in batches.batches()
    ]


def test_duckdb_reads_each_line_by_the_types_at_the_end(duck):
    moments = ["2026-11-28T10:00:00+02:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
    batch = paid(
        track(n=1, big=2**60, text=1, flag=True, at=moments[0], nul="a\x00b", long="x" * 100_000),
        track(n=1.5, big=2**63 - 1, text="one", flag=False, at=moments[1]),
        track(n=-0.0, big=2**64, text=1e300, at=moments[2]),
        track(text=2**53 + 1),
    )
    rows = as_duckdb_reads(duck, batch)

    assert [1.0, 1.5, 0.0, None] == [row["n"] for row in rows]
    assert [str(2**60), str(2**63 - 1), str(2**64), None] == [row["big"] for row in rows]
    assert ["1", "one", str(2**53 + 1)] == [row["text"] for row in rows if row["text"] != rows[2]["text"]]
    assert 1e300 == float(rows[2]["text"])
    assert [True, False, None, None] == [row["flag"] for row in rows]
    assert [8, 0, 23] == [row["at"].hour for row in rows[:3]]
    assert ("a\x00b", 100_000) == (rows[0]["nul"], len(rows[0]["long"]))
    assert [1, 2, 3, 4] == [row["_offset"] for row in rows]


def leaves(value):
    """Return what a row has to hold of a value, as texts."""
    if isinstance(value, dict):
        return {leaf for inner in value.values() for leaf in leaves(inner)}
    if value is None:
        return set()
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return {moment_or_none(text) or text}


@settings(max_examples=50, deadline=None)
@given(st.lists(PROPERTIES, min_size=1, max_size=3))
def test_whatever_comes_is_in_a_column_or_beside_them_and_duckdb_reads_it(duck, properties):
    batch = paid(*({**track(), "properties": found} for found in properties))

    for found, line, row in zip(properties, lines(batch), as_duckdb_reads(duck, batch), strict=True):
        own = {name: value for name, value in line.items() if name not in {*COMMON, "event", "event_text", "_more"}}
        beside = msgspec.json.decode(line.get("_more", "{}"))
        assert leaves(found) == leaves(own) | leaves(beside)
        assert set(line) == {name for name, value in row.items() if value is not None}
