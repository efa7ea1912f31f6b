import json

import pytest
from trying_kinds import answer, items_of, mapped, refusals

from headwater.core.outcomes import Delivered, NotAuthorised, Rejected, RetryLater
from headwater.deliver.destination import BadDestinationSettingsError, Item, SmallerBatch, check_settings
from headwater.deliver.destinations.amplitude import KIND

LOG, MAP = KIND.actions
ADA = {"userId": "ada-1815", "anonymousId": "anon-1815", "timestamp": "2026-11-28T10:00:00.250Z"}
IDS = {"user_id": "ada-1815", "device_id": "anon-1815", "time": 1795860000250, "session_id": -1}
PRODUCTS = [
    {"product_id": "p1", "price": "9.95", "quantity": 2},
    {"sku": "s2", "quantity": 1},
    {"sku": "s3", "price": 4, "quantity": 1.5},
    "odd",
]


def settings(**more):
    return check_settings(KIND, {"api_key": "key", **more})


def events(event, **more):
    return mapped(KIND, {**ADA, **event}, api_key="key", **more)


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (
            {"type": "track", "event": "Paid", "properties": {"plan": "pro", "none": None, "deep": {"empty": ""}}},
            {"event_type": "Paid", "event_properties": {"plan": "pro"}},
        ),
        (
            {"type": "track", "event": "Paid", "properties": {"revenue": "19.90", "price": 5, "product_id": "p1"}},
            {
                "event_type": "Paid",
                "event_properties": {"revenue": "19.90", "price": 5, "product_id": "p1"},
                "revenue": 19.9,
                "productId": "p1",
            },
        ),
        # A price tag is no sale: Amplitude would count price and quantity as revenue.
        (
            {"type": "track", "event": "Product Viewed", "properties": {"price": 5, "quantity": 1}},
            {"event_type": "Product Viewed", "event_properties": {"price": 5, "quantity": 1}},
        ),
        ({"type": "page", "name": "Engines"}, {"event_type": "Viewed Engines"}),
        (
            {"type": "page", "properties": {"name": "Engines"}},
            {"event_type": "Viewed Engines", "event_properties": {"name": "Engines"}},
        ),
        ({"type": "page"}, {"event_type": "Viewed Page"}),
        ({"type": "screen"}, {"event_type": "Viewed Screen"}),
        (
            {"type": "identify", "traits": {"email": "ada@example.com", "gone": None}},
            {"event_type": "$identify", "user_properties": {"$set": {"email": "ada@example.com"}}},
        ),
        ({"type": "identify", "traits": "odd"}, {"event_type": "$identify"}),
        (
            {"type": "identify", "traits": {"age": 36}, "context": {"campaign": {"source": "x"}}},
            {"event_type": "$identify", "user_properties": {"$set": {"age": 36, "utm_source": "x"}}},
        ),
        (
            {"type": "track", "event": "Paid", "properties": [], "context": {"campaign": {"source": "x", "name": "y"}}},
            {"event_type": "Paid", "user_properties": {"utm_source": "x", "utm_campaign": "y"}},
        ),
    ],
)
def test_an_event_is_one_of_amplitudes(event, found):
    assert [IDS | found] == events(event)


def test_context_becomes_fields_of_the_event_and_odd_context_is_no_obstacle():
    context = {
        "app": {"version": "1.2"},
        "device": {"id": "dev-12345", "type": "ios", "advertisingId": "AD-1"},
        "os": {"name": "iOS", "version": "18"},
        "location": {"country": "UK", "latitude": 51.5},
        "network": "odd",
        "locale": "en-GB",
        "ip": "203.0.113.7",
    }
    (found,) = events({"type": "track", "event": "Paid", "context": context})

    assert "dev-12345" == found["device_id"]
    assert "AD-1" == found["idfa"]
    assert ("1.2", "iOS", "18") == (found["app_version"], found["os_name"], found["os_version"])
    assert ("UK", 51.5, "en-GB", "203.0.113.7") == tuple(
        found[key] for key in ("country", "location_lat", "language", "ip")
    )
    assert "carrier" not in found


def test_an_android_advertising_id_is_an_adid():
    (found,) = events({"type": "track", "event": "X", "context": {"device": {"type": "android", "advertisingId": "A"}}})

    assert "A" == found["adid"]
    assert "idfa" not in found


@pytest.mark.parametrize("title", ["Amplitude", "Actions Amplitude"])
def test_the_session_comes_with_the_integrations_object(title):
    (found,) = events({"type": "track", "event": "X", "integrations": {title: {"session_id": 1795860000000}}})

    assert 1795860000000 == found["session_id"]


def test_a_group_is_joined_and_described():
    joined, described = events({"type": "group", "groupId": "acme", "traits": {"plan": "pro"}}, group_type="org")

    assert ("$identify", {"org": "acme"}) == (joined["event_type"], joined["groups"])
    assert ("$groupidentify", {"org": "acme"}) == (described["event_type"], described["groups"])
    assert {"$set": {"plan": "pro"}} == described["group_properties"]


def test_revenue_per_product_is_one_sale_each_and_none_for_the_order():
    order = {"type": "track", "event": "Order Completed", "properties": {"revenue": 29.9, "products": PRODUCTS}}
    main, first, second, third = events(order, revenue_per_product=True)
    (whole,) = events(order)

    assert 29.9 == whole["revenue"]
    assert "revenue" not in main
    assert ("Product Purchased", 9.95, 2, "p1") == tuple(
        first[key] for key in ("event_type", "price", "quantity", "productId")
    )
    assert not {"price", "quantity", "productId"} & set(second)
    assert (4, "s3") == (third["price"], third["productId"])
    assert "quantity" not in third  # Amplitude takes whole ones


def test_an_alias_maps_the_old_id_to_the_new():
    event = {"type": "alias", "previousId": "old-12345", "userId": "new-12345"}

    assert [{"user_id": "old-12345", "global_user_id": "new-12345"}] == mapped(KIND, event, api_key="key")
    assert [None] == refusals(KIND, event, api_key="key")
    assert "previousId" in refusals(KIND, {"type": "alias", "userId": "new-12345"}, api_key="key")[0]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"userId": "ada-1815"}, None),
        ({"anonymousId": "anon-1815"}, None),
        ({}, "needs a userId or an anonymousId"),
        ({"userId": "ada1", "anonymousId": "anon-1815"}, "shorter than the 5 characters"),
        ({"userId": 1234567}, None),
        ({"userId": "Anonymous"}, "nobody's `user_id`"),
        ({"anonymousId": "00000000-0000-0000-0000-000000000000"}, "nobody's `device_id`"),
        ({"userId": "a" * 1_025}, "nobody's `user_id`"),
    ],
)
def test_refuses_ids_that_amplitude_would_refuse_or_drop_without_a_word(event, reason):
    (found,) = refusals(KIND, {"type": "track", "event": "Paid", **event}, api_key="key")

    assert found is None if reason is None else reason in found


def test_refuses_an_event_without_a_name():
    (found,) = refusals(KIND, {"type": "track", "event": " ", "userId": "ada-1815"}, api_key="key")

    assert "event name" in found


def test_short_ids_pass_where_the_operator_says_so():
    event = {"type": "track", "event": "Paid", "userId": "ada"}

    assert [None] == refusals(KIND, event, api_key="key", min_id_length=3)
    assert {"min_id_length": 3} == json.loads(LOG.request(items_of({}), settings(min_id_length=3)).body)["options"]


def test_each_event_of_a_call_has_its_own_insert_id_and_a_mappings_own_wins():
    items = [
        Item(payload={}, message_id="m1"),
        Item(payload={}, message_id="m1", number=1),
        Item(payload={"insert_id": "own"}, message_id="m2"),
    ]
    body = json.loads(LOG.request(items, settings()).body)

    assert ["m1", "m1-1", "own"] == [event["insert_id"] for event in body["events"]]


def test_one_event_goes_where_it_is_seen_at_once_and_several_where_there_is_room():
    one, two = (LOG.request(items_of(*[{}] * count), settings()).url for count in (1, 2))

    assert ("https://api2.amplitude.com/2/httpapi", "https://api2.amplitude.com/batch") == (one, two)


def reading(response, *payloads):
    found = LOG.read(response, items_of(*payloads))
    return found if isinstance(found, list) else [found]


def test_of_a_400_those_named_are_rejected_and_the_others_sent_again():
    said = {
        "code": 400,
        "error": "bad",
        "events_with_missing_fields": {"event_type": [1]},
        "events_with_invalid_id_lengths": {"user_id": [2, "odd", True]},
        "silenced_events": [3],
        "throttled_events": [1, 4],
    }
    found = reading(answer(400, said), {}, {}, {}, {}, {})

    assert [SmallerBatch, Rejected, Rejected, Rejected, RetryLater] == [type(one) for one in found]
    assert "event_type" in found[1].reason
    assert not found[4].is_down


@pytest.mark.parametrize("body", [b"<html>", b"", b"[1]", {"error": "bad"}, {"events_with_invalid_fields": [3]}])
def test_a_400_that_names_nobody_is_found_out_in_smaller_batches(body):
    assert [SmallerBatch] == [type(one) for one in reading(answer(400, body), {}, {})]


@pytest.mark.parametrize(
    "said", [{"error": "Invalid API key: x"}, {"error": "Request missing required field", "missing_field": "api_key"}]
)
def test_a_wrong_key_is_answered_400_too(said):
    assert [NotAuthorised] == [type(one) for one in reading(answer(400, said), {}, {})]


def test_a_429_that_names_people_is_about_them_alone():
    said = {
        "throttled_users": {"ada": 40},
        "throttled_devices": {"d2": 40},
        "exceeded_daily_quota_users": {"eve": 500_001},
        "throttled_events": [4],
    }
    people = ({"user_id": "ada"}, {"device_id": "d2"}, {"user_id": "eve"}, {"user_id": "bob"}, {"user_id": "joe"})
    found = reading(answer(429, said), *people)

    assert [RetryLater, RetryLater, RetryLater, SmallerBatch, RetryLater] == [type(one) for one in found]
    assert [30.0, 30.0, 3600.0] == [one.retry_after_seconds for one in found[:3]]
    assert not any(one.is_down for one in found if isinstance(one, RetryLater))


def test_a_429_that_names_nobody_is_about_all():
    (found,) = reading(answer(429, {"error": "slow down"}, retry_after="9"), {}, {})

    assert (RetryLater, True, 9.0) == (type(found), found.is_down, found.retry_after_seconds)


def test_what_was_taken_is_delivered():
    assert [Delivered(200)] == reading(answer(200, {"code": 200}), {}, {})


def test_people_are_deleted_only_with_the_secret_key():
    with pytest.raises(BadDestinationSettingsError, match="secret_key"):
        KIND.deletion.request(["ada"], settings())
    request = KIND.deletion.request(["ada"], settings(secret_key="s", region="eu"))

    assert request.url == "https://analytics.eu.amplitude.com/api/2/deletions/users"
    assert "true" == json.loads(request.body)["ignore_invalid_id"]  # one that is unknown must not keep the others
