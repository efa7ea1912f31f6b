import json

import duckdb
import pytest
from rows_made import AT, details, lines, note, paid, put_together, track, types

from headwater.lake import tracks
from headwater.lake.batches import Batches
from headwater.lake.layout import MAX_DEPTH
from headwater.lake.tables import Tables


def test_a_track_is_a_row_of_its_own_table():
    batches = put_together(track("Order Completed", total=1))

    assert {"order_completed"} == set(batches)
    assert [{"event": "order_completed", "event_text": "Order Completed", "total": 1}] == details(
        batches["order_completed"]
    )


@pytest.mark.parametrize(
    ("event", "table", "found"),
    [
        ({"type": "identify", "traits": {"plan": "pro"}}, "identifies", {"plan": "pro"}),
        ({"type": "group", "groupId": "g1", "traits": {"seats": 5}}, "groups", {"group_id": "g1", "seats": 5}),
        ({"type": "alias", "previousId": "anna"}, "aliases", {"previous_id": "anna"}),
        (
            {"type": "page", "name": "Home", "category": "Docs", "properties": {"url": "/"}},
            "pages",
            {"name": "Home", "category": "Docs", "url": "/"},
        ),
        ({"type": "screen", "name": "Start"}, "screens", {"name": "Start"}),
    ],
)
def test_every_other_call_is_a_row_of_its_table(event, table, found):
    batches = put_together(event)

    assert {table} == set(batches)
    assert [found] == details(batches[table])


def test_every_row_says_whose_it_is_and_when():
    event = {"anonymousId": "a1", "sentAt": AT, "timestamp": AT, "originalTimestamp": AT, "context": {"ip": "::1"}}
    (row,) = lines(put_together({**track(), **event})["paid"])

    assert {
        "_offset": 1,
        "received_at": AT,
        "id": "m1",
        "anonymous_id": "a1",
        "user_id": "ada",
        "sent_at": AT,
        "timestamp": AT,
        "original_timestamp": AT,
        "context_ip": "::1",
        "event": "paid",
        "event_text": "Paid",
    } == row


def test_objects_are_flattened_lists_are_json_and_nothing_makes_no_column():
    batch = paid(
        track(address={"street": {"name": "St James"}}, items=[{"id": 1}], none={}, null=None),
        {**track(), "context": {"app": {"version": "2"}}},
    )

    assert {"address_street_name": "St James", "items": '[{"id":1}]'} == {
        name: value for name, value in details(batch)[0].items() if not name.startswith("event")
    }
    assert "2" == lines(batch)[1]["context_app_version"]
    assert {"none", "null"}.isdisjoint(types(batch))


def test_events_whose_names_become_the_same_share_a_table_and_stay_told_apart():
    batch = paid(track("Paid"), track("paid"), track("PAID!"))

    assert ["Paid", "paid", "PAID!"] == [row["event_text"] for row in lines(batch)]


def test_an_event_called_like_a_standard_table_has_one_of_its_own():
    batches = put_together(track("Users", total=1), track("Tracks"))

    assert {"_users", "_tracks"} == set(batches)
    assert ["users", "tracks"] == [lines(batches[table])[0]["event"] for table in ("_users", "_tracks")]


def test_what_an_event_says_of_itself_cant_be_overwritten_by_its_properties():
    properties = {"id": "x", "User Id": "mallory", "received_at": "never", "context": {"ip": "::1"}, "total": 1}
    batch = paid(track(**properties))
    (row,) = lines(batch)

    assert ("m1", "ada", AT, 1) == (row["id"], row["user_id"], row["received_at"], row["total"])
    assert {"id": "x", "User Id": "mallory", "received_at": "never", "context": {"ip": "::1"}} == json.loads(
        row["_more"]
    )["properties"]
    assert "properties.User Id;" in note(batch, "_more")


def test_keys_whose_names_become_the_same_lose_nothing():
    batch = paid(track(foo_bar=1, fooBar=2), track(fooBar=3), track(fooBar=4, foo_bar=4), track(foo_bar=1))

    assert [1, 3, 4, 1] == [row["foo_bar"] for row in lines(batch)]
    assert [{"properties": {"fooBar": 2}}, None, None, None] == [
        json.loads(row["_more"]) if "_more" in row else None for row in lines(batch)
    ]


def test_a_number_is_no_truth_where_two_keys_meet():
    (row,) = lines(paid(track(fooBar=True, foo_bar=1)))

    assert (True, '{"properties":{"foo_bar":1}}') == (row["foo_bar"], row["_more"])


def test_a_key_spelt_anew_is_looked_at_even_if_the_old_spelling_is_known_by_heart():
    batch = paid(track(fooBar="a"), track(fooBar="b"), track(foo_bar="c", fooBar="d"))

    assert ["a", "b", "c"] == [row["foo_bar"] for row in lines(batch)]
    assert {"properties": {"fooBar": "d"}} == json.loads(lines(batch)[2]["_more"])


def test_a_column_of_two_keys_is_looked_at_even_after_it_became_text():
    batch = paid(track(foo_bar=1), track(fooBar="b"), track(foo_bar="c", fooBar="d"))

    assert [1, "b", "c"] == [row["foo_bar"] for row in lines(batch)]
    assert {"properties": {"fooBar": "d"}} == json.loads(lines(batch)[2]["_more"])


@pytest.mark.parametrize(
    ("more", "of_tracks"),
    [({}, None), ({"originalTimestamp": "yesterday"}, '{"originalTimestamp":"yesterday"}')],
)
def test_what_of_the_properties_finds_no_column_is_no_business_of_tracks(more, of_tracks):
    (line,) = lines(paid({**track(id="x"), **more}))
    with duckdb.connect() as duck:
        shown = f"SELECT {tracks.value('tracks', '_more')} FROM (SELECT ? AS _more)"  # noqa: S608
        found = duck.execute(shown, [line["_more"]]).fetchone()

    assert {**more, "properties": {"id": "x"}} == json.loads(line["_more"])
    assert (of_tracks,) == found


def test_tracks_has_the_columns_that_all_events_have_and_those_of_no_event():
    batches = Batches(Tables())
    for event in (track(total=1, id="x"), {**track("Two"), "context": {"ip": "::1"}}, {"type": "page", "name": "A"}):
        batches.add({"messageId": "m", **event}, offset=1, received_at_ms=0)
    names = {"id", "event", "event_text", "received_at", "_offset", "context_ip"}
    assert names == {column.name for column in batches.columns_of_tracks()}

    batches.add({"messageId": "m", **track(), "sentAt": "yesterday"}, offset=2, received_at_ms=0)
    assert names | {"_more"} == {column.name for column in batches.columns_of_tracks()}


def test_a_pages_name_wins_over_its_property_and_both_are_kept():
    page = {"type": "page", "name": "Home"}
    batch = put_together(
        {**page, "properties": {"name": "Home"}}, {**page, "properties": {"name": "Other"}}, {"type": "page", **page}
    )["pages"]

    assert ["Home"] * 3 == [row["name"] for row in lines(batch)]
    assert [None, '{"properties":{"name":"Other"}}', None] == [row.get("_more") for row in lines(batch)]


def test_a_tracks_own_property_name_has_a_column():
    assert {"name": "Shoe", "category": "Shoes"}.items() <= details(paid(track(name="Shoe", category="Shoes")))[
        0
    ].items()


def test_keys_in_other_scripts_have_columns_of_their_own():
    batch = paid(track(address={"市": "Kyoto", "区": "Naka"}, 色="赤"))

    assert {"Kyoto", "Naka", "赤"} <= set(details(batch)[0].values())
    assert "_more" not in types(batch)


def test_the_ten_thousandth_property_finds_its_place_beside_the_columns():
    many = {f"p{number}": number for number in range(10_000)}
    batch = paid(track(**many), tables=Tables(max_columns=50))
    (row,) = lines(batch)

    assert 50 == sum(name.startswith("p") for name in row)
    assert (
        many
        == {name: value for name, value in row.items() if name.startswith("p")} | json.loads(row["_more"])["properties"]
    )
    assert len(note(batch, "_more")) < 600


def test_a_full_table_goes_on_with_the_columns_it_has():
    tables = Tables(max_columns=1)
    put_together(track(a=1), tables=tables)
    batch = paid(track(b=2, a=3), tables=tables)

    assert {"a": 3, "_more": '{"properties":{"b":2}}'}.items() <= details(batch)[0].items()


def test_events_past_the_last_table_share_one():
    tables = Tables(max_event_tables=2)  # tracks is one of them
    batches = put_together(track("One", a=1), track("Two", a=2), track("Three", b=3), track("One"), tables=tables)

    assert {"one", "_other_events"} == set(batches)
    assert ["Two", "Three"] == [row["event_text"] for row in lines(batches["_other_events"])]
    assert 2 == batches["one"].rows


def test_what_is_nested_too_deeply_is_json_whole():
    deep = "bottom"
    for _ in range(500):
        deep = {"in": deep}
    (row,) = lines(paid(track(deep=deep)))
    (found,) = [value for name, value in row.items() if name.startswith("deep")]

    assert 500 - MAX_DEPTH == found.count("in")
    assert "bottom" in found


def test_a_time_that_nobody_can_read_stays_readable():
    batch = paid({**track(), "originalTimestamp": "yesterday"}, {**track(), "originalTimestamp": 1_795_867_200})

    assert ['{"originalTimestamp":"yesterday"}', '{"originalTimestamp":1795867200}'] == [
        row["_more"] for row in lines(batch)
    ]
    assert "original_timestamp" not in types(batch)
    assert "originalTimestamp;" in note(batch, "_more")
