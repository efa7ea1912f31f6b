import json

import pytest
from trying_kinds import answer, items_of, mapped, refusals

from headwater.core.outcomes import Delivered, NotAuthorised, Rejected, RetryLater
from headwater.deliver.destination import BadDestinationSettingsError, Item, check_settings
from headwater.deliver.destinations.mixpanel import KIND, insert_id

IMPORT, PROFILE, GROUP = KIND.actions
ADA = {"userId": "ada", "anonymousId": "anon-1", "timestamp": "2026-11-28T10:00:00.250Z"}
BASE = {"time": 1795860000250, "distinct_id": "ada", "$user_id": "ada", "$device_id": "anon-1", "ip": "0"}


def settings(**more):
    return check_settings(KIND, {"project_token": "token", **more})


def records(event, **more):
    return mapped(KIND, {**ADA, **event}, project_token="token", **more)


@pytest.mark.parametrize(
    ("event", "name", "properties"),
    [
        ({"type": "track", "event": "Paid", "properties": {"plan": "pro", "none": None}}, "Paid", {"plan": "pro"}),
        ({"type": "track", "event": "Paid", "properties": "odd", "context": []}, "Paid", {}),
        ({"type": "page", "name": "Engines"}, "Viewed Engines", {}),
        ({"type": "screen"}, "Viewed Screen", {}),
        (
            {"type": "page", "properties": {"url": "https://a.example", "referrer": "https://b.example"}},
            "Viewed Page",
            {
                "url": "https://a.example",
                "referrer": "https://b.example",
                "$current_url": "https://a.example",
                "$referrer": "https://b.example",
            },
        ),
        (
            {"type": "track", "event": "X", "context": {"ip": "203.0.113.7", "os": {"name": "iOS"}, "campaign": {}}},
            "X",
            {"ip": "203.0.113.7", "$os": "iOS"},
        ),
    ],
)
def test_an_event_is_one_to_import(event, name, properties):
    assert [{"event": name, "properties": BASE | properties}] == records(event)


@pytest.mark.parametrize(
    ("ids", "merge", "distinct_id"),
    [
        ({"userId": "ada", "anonymousId": "anon-1"}, "simplified", "ada"),
        ({"userId": None, "anonymousId": "anon-1"}, "simplified", "$device:anon-1"),
        ({"userId": None, "anonymousId": "anon-1"}, "original", "anon-1"),
        ({"userId": "ada", "anonymousId": None}, "original", "ada"),
    ],
)
def test_who_it_was_depends_on_how_the_project_merges(ids, merge, distinct_id):
    (found,) = records({"type": "track", "event": "X", **ids}, id_merge=merge)

    assert distinct_id == found["properties"]["distinct_id"]


def test_identify_links_device_and_user_and_sets_the_profile():
    traits = {
        "email": "ada@example.com",
        "firstName": "Ada",
        "last_name": "Lovelace",
        "createdAt": 1795860000,
        "plan": "pro",
        "gone": None,
    }
    link, profile = records({"type": "identify", "traits": traits, "context": {"ip": "203.0.113.7"}})

    assert ("$identify", "ada", "anon-1") == (
        link["event"],
        link["properties"]["$user_id"],
        link["properties"]["$device_id"],
    )
    assert ("ada", "203.0.113.7") == (profile["$distinct_id"], profile["$ip"])
    assert profile["$set"] == {
        "$email": "ada@example.com",
        "$first_name": "Ada",
        "$last_name": "Lovelace",
        "$name": "Ada Lovelace",
        "$created": "2026-11-28T10:00:00+00:00",
        "plan": "pro",
    }


def test_identify_without_a_device_links_nothing():
    (profile,) = records({"type": "identify", "anonymousId": None, "traits": {"createdAt": "some day", "name": "A"}})

    assert {"$created": "some day", "$name": "A"} == profile["$set"]


def test_the_original_merge_is_told_by_its_own_names():
    link, _ = records({"type": "identify", "traits": {}}, id_merge="original")
    (alias,) = records({"type": "alias", "previousId": "old"}, id_merge="original")

    assert ("ada", "anon-1") == (link["properties"]["$identified_id"], link["properties"]["$anon_id"])
    assert ("$create_alias", "old", "ada") == (
        alias["event"],
        alias["properties"]["distinct_id"],
        alias["properties"]["alias"],
    )


def test_an_alias_makes_the_previous_id_a_device_of_the_user():
    (link,) = records({"type": "alias", "previousId": "old", "anonymousId": None})

    assert ("old", "ada") == (link["properties"]["$device_id"], link["properties"]["$user_id"])
    assert "previousId" in records({"type": "alias"}).reason


def test_a_group_is_described_and_joined_beside_others():
    described, member = records({"type": "group", "groupId": "acme", "traits": {"plan": "pro"}}, group_key="company")

    assert {"$group_key": "company", "$group_id": "acme", "$set": {"plan": "pro"}} == described
    assert {"$distinct_id": "ada", "$union": {"company": ["acme"]}} == member
    assert [member] == records({"type": "group", "groupId": "acme"}, group_key="company")
    assert "groupId" in records({"type": "group"}).reason


def test_products_of_an_order_are_events_where_the_operator_wants_them():
    order = {"type": "track", "event": "Order Completed", "properties": {"products": [{"sku": "a"}, {"sku": "b"}]}}
    found = records(order, product_events=True)

    assert ["Order Completed", "Product Purchased", "Product Purchased"] == [one["event"] for one in found]
    assert ["a", "b"] == [one["properties"]["sku"] for one in found[1:]]
    assert 1 == len(records(order))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({}, None),
        ({"event": ""}, "event name"),
        ({"timestamp": "yesterday"}, "needs a time"),
        ({"userId": None, "anonymousId": None}, "needs a userId or an anonymousId"),
        ({"userId": "Anon"}, "nobody's `distinct_id`"),
        ({"anonymousId": "null"}, "nobody's `$device_id`"),
        ({"userId": None, "anonymousId": "undefined"}, "nobody's `distinct_id`"),
        ({"properties": {f"p{number}": number for number in range(250)}}, "fewer than 255"),
        ({"properties": {f"p{number}": number for number in range(249)}}, None),
    ],
)
def test_refuses_what_the_strict_import_refuses(event, reason):
    (found,) = refusals(KIND, {"type": "track", "event": "X", **ADA, **event}, project_token="token")

    assert found is None if reason is None else reason in found


def test_refuses_a_profile_of_nobody():
    found = refusals(KIND, {"type": "identify", **ADA, "userId": None, "anonymousId": "none"}, project_token="t")

    assert "nobody's id" in found[-1]
    assert "$group_id" in GROUP.refusal({"$group_key": "company"}, settings())


@pytest.mark.parametrize(
    ("message_id", "number", "found"),
    [
        ("b9cf4c1e-7f3c-4e0d-8b1a-0123456789ab", 0, "b9cf4c1e-7f3c-4e0d-8b1a-0123456789ab"),
        ("m1", 2, "m1-2"),
        # Too long, or with other characters: as much of the SHA-256 as fits, so that no two become one.
        ("ajs-next-1795860000250-b9cf4c1e-7f3c-4e0d", 0, "0c095611b36c4d867cf543fff71c8f39f2a2"),
        ("node_1", 0, "472c7f2975b1d02957d134afa6cb68f4eee2"),
        ("null", 0, "74234e98afe7498fb5daf1f36ac2d78acc33"),
    ],
)
def test_the_message_id_is_the_insert_id_or_its_hash(message_id, number, found):
    assert found == insert_id(Item(payload={}, message_id=message_id, number=number))


def test_a_mappings_own_insert_id_wins_and_one_without_properties_is_no_obstacle():
    items = items_of({"event": "X", "properties": {"$insert_id": "own"}}, {"event": "Y"})
    body = json.loads(IMPORT.request(items, settings()).body)

    assert ["own", "m1"] == [event["properties"]["$insert_id"] for event in body]


def reading(action, response, count=3):
    found = action.read(response, items_of(*[{}] * count))
    return found if isinstance(found, list) else [found]


def test_of_a_400_those_named_are_rejected_and_the_others_are_in():
    failed = [{"index": 1, "field": "properties.time", "message": "is invalid"}, {"index": 99}, "odd", {"index": None}]
    found = reading(IMPORT, answer(400, {"failed_records": failed}))

    assert [Delivered, Rejected, Delivered] == [type(one) for one in found]
    assert "properties.time: is invalid" in found[1].reason


@pytest.mark.parametrize("body", [b"", b"<html>", {"error": "bad"}, {"failed_records": []}, {"failed_records": "odd"}])
def test_a_400_that_names_nobody_is_about_all(body):
    assert [Rejected] == [type(one) for one in reading(IMPORT, answer(400, body))]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"1", Delivered),
        (b"0", Rejected),
        ({"status": 1, "error": None}, Delivered),
        ({"status": 0, "error": "token, missing or empty"}, Rejected),
        ({"status": "error", "error": "x"}, Rejected),
        ({"status": 0}, Rejected),
        ({"code": 200, "num_good_events": 3, "status": "OK"}, Delivered),
        (b"", Delivered),
    ],
)
def test_a_200_about_profiles_may_be_a_refusal(body, outcome):
    assert [outcome] == [type(one) for one in reading(PROFILE, answer(200, body))]


@pytest.mark.parametrize(("status", "outcome"), [(401, NotAuthorised), (403, NotAuthorised), (503, RetryLater)])
def test_other_answers_are_read_by_their_status(status, outcome):
    assert [outcome] == [type(one) for one in reading(PROFILE, answer(status, {"error": "x"}))]


def test_too_many_requests_pause_the_project():
    (found,) = reading(IMPORT, answer(429, {"error": "Project exceeded rate limits."}))

    assert found.is_down


def test_people_are_deleted_only_with_a_gdpr_token():
    with pytest.raises(BadDestinationSettingsError, match="gdpr_token"):
        KIND.deletion.request(["ada"], settings())
    request = KIND.deletion.request(["ada"], settings(gdpr_token="g", region="eu"))

    assert request.url.startswith("https://eu.mixpanel.com/api/app/data-deletions/")
