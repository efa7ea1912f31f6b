import pytest

from headwater.core.outcomes import Rejected
from headwater.deliver.vendors import warehouse_rows, warehouse_tables

AT = "2026-11-28T10:00:00.000Z"


def rows(event):
    return {row["table"]: row["row"] for row in warehouse_rows.of({"messageId": "m1", "receivedAt": AT, **event}, {})}


def test_what_an_event_says_of_itself_cant_be_overwritten_by_its_properties():
    properties = {"id": "x", "User Id": "mallory", "received_at": "never", "event": "x", "context": {"ip": "x"}}
    event = {"type": "track", "event": "Paid", "userId": "ada", "properties": {**properties, "total": 1}}

    assert {
        "id": "m1",
        "user_id": "ada",
        "received_at": AT,
        "event": "paid",
        "event_text": "Paid",
        "total": 1,
    } == rows(event)["paid"]


def test_what_is_nested_is_flattened_and_lists_are_their_json():
    properties = {"address": {"street": {"name": "St James"}}, "items": [{"id": 1}], "none": {}, "null": None}
    found = rows({"type": "track", "event": "Paid", "properties": properties, "context": {"app": {"version": 2}}})[
        "paid"
    ]

    assert ("St James", '[{"id":1}]', 2) == (found["address_street_name"], found["items"], found["context_app_version"])
    assert {"none", "null"}.isdisjoint(found)


def test_an_event_of_a_standard_tables_name_has_one_of_its_own():
    assert {"tracks", "_users"} == rows({"type": "track", "event": "Users"}).keys()


def test_who_has_no_user_id_is_in_no_users():
    assert {"identifies"} == rows({"type": "identify", "anonymousId": "a1", "traits": {"plan": "pro"}}).keys()


def test_what_has_no_message_id_or_name_is_rejected():
    assert isinstance(warehouse_rows.of({"type": "page"}, {}), Rejected)
    assert isinstance(warehouse_rows.of({"type": "track", "messageId": "m1"}, {}), Rejected)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (True, "boolean"),
        (1, "integer"),
        (2**63, "float"),
        (-(2**63), "integer"),
        (1.0, "float"),
        ("1", "text"),
        ("", "text"),
        (AT, "timestamp"),
        ("2026-11-28T10:00+01:00", "timestamp"),
        ("2026-11-28T10:00:00", "text"),
        ("2026-11-28", "text"),
        ("2026-99-28T10:00:00Z", "text"),
    ],
)
def test_the_first_value_of_a_column_makes_its_type(value, found):
    assert found == warehouse_tables.type_of(value)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (None, "integer", "integer"),
        ("integer", "integer", "integer"),
        ("integer", "float", "float"),
        ("float", "integer", "float"),
        ("integer", "boolean", "text"),
        ("timestamp", "text", "text"),
        ("text", "float", "text"),
    ],
)
def test_types_are_only_widened(one, other, found):
    assert found == warehouse_tables.joined(one, other)


def test_of_a_batch_the_later_word_on_somebody_wins_whatever_the_order():
    early = {"table": "users", "upsert": True, "row": {"id": "ada", "received_at": AT, "plan": "free", "n": 1}}
    late = {
        "table": "users",
        "upsert": True,
        "row": {"id": "ada", "received_at": "2026-11-28T11:00:00Z", "plan": "pro"},
    }
    (table,) = warehouse_tables.put_together([late, early])

    assert ["id", "n", "plan", "received_at"] == list(table["columns"])
    assert [["ada", "1", "pro", "2026-11-28T11:00:00Z"]] == table["rows"]
