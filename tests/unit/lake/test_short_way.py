"""Whichever way events go, DuckDB makes the same rows of them, of the same types."""

import gc
import json
import weakref

import duckdb
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows_made import AT, AT_MS, track

from headwater.core.event import Record, Stored
from headwater.lake import archive_lines, quoting, short_way
from headwater.lake.batches import Batches
from headwater.lake.columns import SQL_TYPES
from headwater.lake.haul import Haul
from headwater.lake.line_files import LineFiles
from headwater.lake.short_way import ShortWay
from headwater.lake.tables import Tables

DAY_MS = 86_400_000
WHOLE = {"userId": "ada", "receivedAt": AT, "sentAt": AT, "timestamp": AT, "originalTimestamp": AT, "context": {}}

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.one_of(
    st.sampled_from([None, True, 1, 2**53 + 1, 2**64, 1.5, 1e300, "a", "", AT, [], [1e16, None, {"a": "é\x00"}]]), TEXTS
)
KEYS = st.sampled_from(["a", "A", "b c", "bC", "d", "id", "日本", 'q"uote', "context"])
OBJECTS = st.dictionaries(KEYS, st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=2)), max_size=4)
CALLS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("track"), "event": st.sampled_from(["Paid", "paid", "Users"]), "properties": OBJECTS}
    ),
    st.fixed_dictionaries({"type": st.just("identify"), "traits": OBJECTS}),
    st.fixed_dictionaries({"type": st.just("page"), "name": st.sampled_from(["Home", None]), "properties": OBJECTS}),
    st.fixed_dictionaries({"type": st.just("group"), "groupId": st.just("g"), "traits": OBJECTS}),
)
EVENTS = st.builds(lambda call, more: {**WHOLE, **call, **more}, CALLS, st.fixed_dictionaries({"context": OBJECTS}))


@pytest.fixture
def files(tmp_path):
    return LineFiles(tmp_path)


@pytest.fixture(scope="module")
def reader():
    connection = duckdb.connect()

    def read(batch):
        """Return a batch's rows by offset, without what is NULL, and the types of their columns."""
        rows, types = {}, {}
        for lot in batch.lots():
            path = lot.file.whole()
            columns = ", ".join(f"{sql} AS {quoting.name(column)}" for column, sql in lot.columns.items())
            fields = ", ".join(f"{quoting.name(key)}: {quoting.text(type_)}" for key, type_ in lot.fields.items())
            lines = f"read_json('{path}', format='newline_delimited', columns={{{fields}}})"
            found = connection.execute(f"SELECT {columns} FROM {lines}")  # noqa: S608
            types |= {name: str(type_) for name, type_, *_ in found.description}
            for values in found.fetchall():
                cells = zip(lot.columns, values, strict=True)
                row = {name: value for name, value in cells if value is not None}
                rows[row["_offset"]] = {name: as_json_says(value) for name, value in row.items()}
        return rows, types

    yield read
    connection.close()


def as_json_says(value):
    """Return a value so that 1e16 is the same in a list, however it is spelt there."""
    return (
        json.loads(value) if isinstance(value, str) and value[:1] in {"[", "{"} and value[-1:] in {"]", "}"} else value
    )


def add(batches, *bodies, first_offset=0, are_tracks=None):
    """Add events as whoever takes them out of the log does, one by one, so that each is taught by those before."""
    for offset, body in enumerate(bodies, first_offset):
        record = Record(source="src_web", message_id="m", type="track", body=body, received_at_ms=AT_MS)
        lines = archive_lines.each(archive_lines.together(Haul.of([Stored(offset=offset, record=record)])))
        is_track = b'"type":"track"' in body if are_tracks is None else are_tracks
        batches.add_lines(lines, day=AT_MS // DAY_MS, are_tracks=is_track)


def made(files, *, lessons, **bounds):
    tables = Tables(**bounds)
    return Batches(tables, short_way=None if lessons is None else ShortWay(tables, lessons=lessons), files=files)


def batches_of(events, files, *, lessons):
    """Return the batches of events, and how many rows went the short way."""
    batches = made(files, lessons=lessons)
    add(batches, *(msgspec.json.encode({"messageId": f"m{number}", **event}) for number, event in enumerate(events)))
    found = {batch.table: batch for batch in batches.batches()}
    return found, sum(batch.rows - bool(batch.ndjson()) * (batch.ndjson().count(b"\n") + 1) for batch in found.values())


def short(files, *events):
    return batches_of([{**WHOLE, **event} for event in events], files, lessons=1)[1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=1, max_size=6))
def test_nobody_can_tell_which_way_an_event_went(reader, files, events):
    events = [*events, *events, *reversed(events)]  # the first time teaches
    long, _ = batches_of(events, files, lessons=None)
    either, _ = batches_of(events, files, lessons=1)

    assert long.keys() == either.keys()
    for table, batch in long.items():
        rows, types = reader(batch)
        same_rows, same_types = reader(either[table])
        assert rows == same_rows
        assert types.items() <= same_types.items()
        assert batch.rows == either[table].rows
        assert {column.name: SQL_TYPES[column.type] for column in either[table].columns()}.keys() == same_types.keys()


def test_events_like_those_before_go_the_short_way(files):
    event = {**track(total=1.5, items=[1], address={"city": "Kyoto"}, none=None), "context": {"ip": "::1"}}

    assert 9 == short(files, *[event] * 10)  # one taught


def test_a_type_that_grew_is_learned_and_goes_the_short_way_from_then_on(files):
    whole, fraction = track(total=1), track(total=1.5)

    # One taught integers, one fractions.
    assert 4 + 4 == short(files, *[whole] * 5, *[fraction] * 5)


def test_when_an_event_came_is_said_by_its_record_and_not_by_its_body(reader, files):
    batches, number = batches_of([{**WHOLE, **track(total=1), "receivedAt": "yesterday"}] * 3, files, lessons=1)

    assert 2 == number
    came = {row["received_at"] for row in reader(batches["paid"])[0].values()}
    assert [AT] == [f"{one.isoformat(timespec='milliseconds')}Z" for one in came]


def test_a_property_that_says_what_a_call_is_sends_an_event_the_long_way_at_most(reader, files):
    odd = {"type": "identify", "traits": {"was": {"type": "track"}, "n": 1}}
    batches, _ = batches_of([{**WHOLE, **odd}] * 4, files, lessons=1)

    assert [1, 1, 1, 1] == [row["n"] for row in reader(batches["identifies"])[0].values()]


@pytest.mark.parametrize(
    "odd",
    [
        {"originalTimestamp": "yesterday"},
        {"timestamp": "2026-11-28T12:00:00+02:00"},
        {"sentAt": "2026-11-31T12:00:00.123Z"},
        {"_offset": 7},
        {"_at": 7},
        {"event": "Refunded"},
        {"context": {"new": 1}},
        {"properties": {"total": "1.5"}},
        {"properties": {"total": 2**53 + 1}},
        {"properties": {"id": 1}},
        {"userId": 5},
        {"event": None},
        {"event": "\0"},
    ],
)
def test_an_odd_event_goes_the_long_way(files, odd):
    event = track(total=1.5)

    assert 4 == short(files, event, event, event, event, event, {**event, **odd})


@pytest.mark.parametrize("lessons", [None, 1])
def test_the_deepest_list_that_is_accepted_is_read(reader, files, lessons):
    deep = msgspec.json.decode(b"[" * 900 + b"]" * 900)
    batches, _ = batches_of([{**WHOLE, **track(deep=deep)}] * 5, files, lessons=lessons)

    assert [deep] * 5 == [row["deep"] for row in reader(batches["paid"])[0].values()]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[" * 100_000, b'{"type": "track"', b"\xff", b'{"type":"track"}\n'],
    ids=["nothing", "begun", "null", "deep", "cut", "no text", "two lines"],
)
@pytest.mark.parametrize("lessons", [None, 1])
def test_what_cant_be_read_stops_nobody(reader, files, body, lessons):
    batches = made(files, lessons=lessons)
    for number in range(4):
        add(batches, msgspec.json.encode({**WHOLE, **track(total=1)}), body, first_offset=2 * number, are_tracks=True)

    (paid,) = (batch for batch in batches.batches() if batch.table == "paid")
    assert {0, 2, 4, 6} == set(reader(paid)[0])


def test_what_widens_a_column_later_is_read_by_events_that_went_before(reader, files):
    first = [{**WHOLE, **track(total=number)} for number in range(5)]
    batches, _ = batches_of([*first, {**WHOLE, **track(total="many")}], files, lessons=1)

    assert ["0", "1", "2", "3", "4", "many"] == [row["total"] for _, row in sorted(reader(batches["paid"])[0].items())]


def test_a_key_spelt_anew_takes_nothing_from_events_that_went_before(reader, files):
    events = [*[track(fooBar="a")] * 4, *[track(foo_bar="b")] * 4, track(fooBar="c", foo_bar="d")]
    batches, _ = batches_of([{**WHOLE, **event} for event in events], files, lessons=1)
    rows = reader(batches["paid"])[0]

    assert [*"aaaa", *"bbbb", "c"] == [rows[number]["foo_bar"] for number in range(9)]
    assert {"properties": {"foo_bar": "d"}} == rows[8]["_more"]


def test_events_that_share_the_last_table_keep_their_names(reader, files):
    batches = made(files, lessons=1, max_event_tables=1)  # tracks
    add(
        batches,
        *(msgspec.json.encode({**WHOLE, **track("Two" if number % 2 else "One", total=1)}) for number in range(6)),
    )
    (others,) = batches.batches()

    assert "_other_events" == others.table
    assert ["one", "two"] * 3 == [row["event"] for _, row in sorted(reader(others)[0].items())]


def test_an_event_written_over_several_lines_is_one_row(reader, files):
    batches = made(files, lessons=1)
    bodies = [json.dumps({**WHOLE, **track(total=1)}, indent=2).encode() for _ in range(5)]
    add(batches, *(body.replace(b"\n", b"") for body in bodies[:4]), bodies[4], are_tracks=True)

    (paid,) = batches.batches()
    assert [0, 1, 2, 3, 4] == sorted(reader(paid)[0])


def test_those_behind_one_that_fits_no_more_still_fit(reader, files):
    batches = made(files, lessons=1)
    fits, odd = (msgspec.json.encode({**WHOLE, **track(total=total)}) for total in (1, "1"))
    add(batches, fits)
    records = [
        Stored(
            offset=offset,
            record=Record(source="src_web", message_id="m", type="track", body=body, received_at_ms=AT_MS),
        )
        for offset, body in enumerate([fits, odd, fits, b"{", fits], 1)
    ]
    batches.add_lines(
        archive_lines.each(archive_lines.together(Haul.of(records))), day=AT_MS // DAY_MS, are_tracks=True
    )

    (paid,) = batches.batches()
    assert (1 + 1, 3) == (paid.ndjson().count(b"\n") + 1, paid.rows - 2)
    assert (0, 5) == (paid.first_offset, paid.last_offset)
    assert {0: "1", 1: "1", 2: "1", 3: "1", 5: "1"} == {offset: row["total"] for offset, row in reader(paid)[0].items()}


def test_shapes_that_nobody_uses_any_more_are_let_go(files, monkeypatch):
    monkeypatch.setattr(short_way, "TYPES_IN_MEMORY", 10)
    batches = made(files, lessons=1)
    gone = []
    gc.disable()  # as in the writer
    try:
        for number in range(short_way.RENEWED_SOON):
            add(batches, msgspec.json.encode({**WHOLE, **track(**{f"new {number}": 1}), "messageId": f"m{number}"}))
            gone += [weakref.ref(type_) for type_ in batches._short_way._fits]
        alive = sum(one() is not None for one in gone)
    finally:
        gc.enable()

    assert short_way.RENEWED_SOON == len(gone)
    assert alive <= 10 + 2


def test_new_properties_without_end_have_shapes_made_ever_more_rarely(files):
    batches = made(files, lessons=1)
    renewed = []
    for number in range(300):
        before = batches._short_way._fits
        add(batches, msgspec.json.encode({**WHOLE, **track(**{f"new {number}": 1}), "messageId": f"m{number}"}))
        renewed.append(batches._short_way._fits is not before)

    assert all(renewed[: short_way.RENEWED_SOON])
    assert sum(renewed) <= short_way.RENEWED_SOON + 9
