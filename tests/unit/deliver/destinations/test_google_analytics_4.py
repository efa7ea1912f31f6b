import json

import pytest
from trying_kinds import answer, items_of, mapped, refusals

from headwater.core.outcomes import Delivered, RetryLater
from headwater.deliver.destination import BadDestinationSettingsError, check_settings
from headwater.deliver.destinations.google_analytics_4 import KIND

(COLLECT,) = KIND.actions
WEB = {"stream_id": "G-A1B2C3", "api_secret": "secret"}
APP = {"stream_id": "1:123:android:abc", "api_secret": "secret"}
INSTANCE = "0123456789abcdef0123456789ABCDEF"
ADA = {"userId": "ada", "anonymousId": "anon-1", "timestamp": "2026-11-28T10:00:00.250Z"}


def settings(**more):
    return check_settings(KIND, WEB | more)


def collected(event, **more):
    (payload,) = mapped(KIND, {**ADA, **event}, **{**WEB, **more})
    return payload


def tracked(name, properties, **more):
    """Return an event's name and parameters, without the one that all have."""
    found = collected({"type": "track", "event": name, "properties": properties}, **more)
    assert 1 == found["params"].pop("engagement_time_msec")
    return found["name"], found["params"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Signup Clicked", "signup_clicked"),
        ("Signed Up", "sign_up"),
        ("  Read: the  Docs! ", "read_the_docs"),
        ("already_snake", "already_snake"),
    ],
)
def test_an_event_is_named_as_analytics_names_events(name, found):
    assert (found, {}) == tracked(name, {})


@pytest.mark.parametrize(
    ("properties", "params"),
    [
        (
            {"plan": "pro", "seats": 3, "price": 9.5, "none": None, "empty": ""},
            {"plan": "pro", "seats": 3, "price": 9.5},
        ),
        (
            {"is_new": True, "tags": ["a", "b"], "deep": {"er": {"x": 1}}},
            {"is_new": "true", "tags": "a,b", "deep_er_x": 1},
        ),
        ({"list": [{"a": 1}]}, {"list": '[{"a":1}]'}),
        ({"long": "x" * 101}, {"long": "x" * 100}),
        ({"page_location": "x" * 1_001}, {"page_location": "x" * 1_000}),
        (
            {"_hidden": 1, "2fa": 2, "ga_id": 3, "with space": 4, "n" * 50: 5},
            {"hidden": 1, "p_2fa": 2, "p_ga_id": 3, "with_space": 4, "n" * 40: 5},
        ),
    ],
)
def test_properties_become_parameters_that_analytics_takes(properties, params):
    assert ("paid", params) == tracked("Paid", properties)


def test_odd_properties_and_context_are_no_obstacle():
    found = collected({"type": "track", "event": "Paid", "properties": [], "context": "odd", "integrations": 7})

    assert {"engagement_time_msec": 1} == found["params"]


def test_a_completed_order_is_a_purchase():
    products = [{"product_id": "p1", "sku": "s1", "name": "Card", "price": "9.95", "quantity": "2", "url": "x"}, "odd"]
    order = {"order_id": "o1", "revenue": "19.90", "total": 25, "tax": 1.1, "currency": "EUR", "products": products}

    assert tracked("Order Completed", order) == (
        "purchase",
        {
            "transaction_id": "o1",
            "value": 19.9,
            "tax": 1.1,
            "currency": "EUR",
            "items": [{"item_id": "p1", "item_name": "Card", "price": 9.95, "quantity": 2}],
        },
    )


@pytest.mark.parametrize(
    ("amounts", "value"),
    [({"revenue": 1, "total": 2}, 1), ({"value": 3, "total": 2}, 3), ({"total": "2"}, 2), ({}, None)],
)
def test_a_purchase_is_worth_its_revenue_else_its_total(amounts, value):
    _, params = tracked("Order Completed", {"order_id": "o1", **amounts})

    assert value == params.get("value")
    assert "total" not in params


def test_an_event_of_one_product_has_it_as_its_item():
    product = {"product_id": "p1", "name": "Card", "price": 9.95, "quantity": 2, "currency": "EUR", "colour": "red"}

    assert tracked("Product Added", product) == (
        "add_to_cart",
        {
            "currency": "EUR",
            "colour": "red",
            "value": 19.9,
            "items": [{"item_id": "p1", "item_name": "Card", "price": 9.95, "quantity": 2}],
        },
    )


@pytest.mark.parametrize(
    ("name", "properties", "found"),
    [
        ("Products Searched", {"query": "card"}, ("search", {"search_term": "card"})),
        (
            "Promotion Viewed",
            {"promotion_id": "p", "name": "Summer", "creative": "banner"},
            ("view_promotion", {"promotion_id": "p", "promotion_name": "Summer", "creative_name": "banner"}),
        ),
        (
            "Product List Viewed",
            {"list_id": "l1", "products": [{"sku": "s", "position": 2}]},
            ("view_item_list", {"item_list_id": "l1", "items": [{"item_id": "s", "index": 2}]}),
        ),
        ("Payment Info Entered", {"payment_method": "Visa"}, ("add_payment_info", {"payment_type": "Visa"})),
    ],
)
def test_e_commerce_speaks_analytics_words(name, properties, found):
    assert found == tracked(name, properties)


def test_values_without_a_currency_take_the_operators():
    assert "CHF" == tracked("Order Completed", {"order_id": "o", "revenue": 1}, currency="CHF")[1]["currency"]
    assert "EUR" == tracked("Order Completed", {"revenue": 1, "currency": "EUR"}, currency="CHF")[1]["currency"]
    assert "currency" not in tracked("Paid", {"plan": "pro"}, currency="CHF")[1]


def test_pages_screens_and_groups_have_events_of_their_own():
    page = collected({"type": "page", "properties": {"url": "u", "title": "t", "path": "/p"}, "name": "Home"})
    screen = collected({"type": "screen", "name": "Home"})
    group = collected({"type": "group", "groupId": "acme", "traits": {"name": "Acme"}})

    assert ("page_view", "u", "t", "/p") == (
        page["name"],
        page["params"]["page_location"],
        page["params"]["page_title"],
        page["params"]["path"],
    )
    assert ("screen_view", "Home") == (screen["name"], screen["params"]["screen_name"])
    assert ("join_group", "acme") == (group["name"], group["params"]["group_id"])


def test_traits_become_user_properties_but_not_who_somebody_is():
    traits = {
        "email": "a@b.c",
        "firstName": "Ada",
        "plan": "x" * 40,
        "company": {"size": 3},
        "a_name_that_is_too_long_": 1,
    }
    found = collected({"type": "identify", "traits": traits})

    assert ("identify", "ada") == (found["name"], found["user_id"])
    assert found["user_properties"] == {
        "plan": {"value": "x" * 36},
        "company_size": {"value": 3},
        "a_name_that_is_too_long": {"value": 1},
    }


@pytest.mark.parametrize(
    ("event", "client"),
    [
        ({"integrations": {"Google Analytics 4": {"clientId": "35.17"}}}, "35.17"),
        ({"integrations": {"Google Analytics 4 Cloud": {"clientId": "35.17"}}}, "35.17"),
        ({}, "anon-1"),
        ({"anonymousId": None}, "ada"),
    ],
)
def test_a_web_streams_client_is_googles_own_id_or_the_anonymous_one(event, client):
    assert client == collected({"type": "track", "event": "X", **event})["client_id"]


@pytest.mark.parametrize(
    ("event", "instance"),
    [
        ({"integrations": {"Google Analytics 4": {"appInstanceId": "abc"}}}, "abc"),
        ({"context": {"device": {"id": INSTANCE}}}, INSTANCE),
        ({"context": {"device": {"id": "not-firebases"}}}, None),
    ],
)
def test_an_app_streams_installation_is_firebases(event, instance):
    event = {"type": "track", "event": "X", **ADA, **event}
    (found,) = mapped(KIND, event, **APP)

    assert instance == found.get("app_instance_id")
    assert (instance is None) == ("app_instance_id" in (refusals(KIND, event, **APP)[0] or ""))
    assert "client_id" not in found


def test_session_time_ip_and_consent_travel_along():
    event = {
        "type": "track",
        "event": "X",
        "context": {"ip": "203.0.113.7"},
        "properties": {"engagement_time_msec": 50},
    }
    found = collected(
        {**event, "integrations": {"Google Analytics 4": {"sessionId": 17}}}, ad_user_data="DENIED", send_ip=True
    )

    assert 1795860000250000 == found["timestamp_micros"]
    assert {"engagement_time_msec": 50, "session_id": "17"} == found["params"]
    assert ("203.0.113.7", {"ad_user_data": "DENIED"}) == (found["ip_override"], found["consent"])
    assert not {"ip_override", "consent"} & set(collected(event))


GOOD = {"client_id": "c", "name": "paid", "params": {"plan": "pro"}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"client_id": None}, "client_id"),
        ({"user_id": "u" * 257}, "at most 256"),
        ({"name": None}, "letters, digits"),
        ({"name": "2fa"}, "letters, digits"),
        ({"name": "session_start"}, "is reserved"),
        ({"name": "ga_event"}, "is reserved"),
        ({"name": "n" * 41}, "longer than 40"),
        ({"name": "purchase"}, "order_id"),
        ({"params": {"value": 3}}, "needs a currency"),
        ({"params": {"value": 3, "currency": "EUR"}}, None),
        ({"params": []}, "must be an object"),
        ({"params": {f"p{number}": number for number in range(26)}}, "this event has 26"),
        ({"params": {f"p{number}": number for number in range(25)}}, None),
        ({"params": {"a b": 1}}, "letters, digits"),
        ({"params": {"a": None}}, "a text or a number"),
        ({"params": {"a": {"b": 1}}}, "a text or a number"),
        ({"params": {"a": [1]}}, "a text or a number"),
        ({"params": {"a": "x" * 101}}, "100 characters"),
        ({"params": {"page_location": "x" * 1_000}}, None),
        ({"params": {"items": [{"item_name": "Card"}]}}, None),
        ({"params": {"items": [{"price": 1}]}}, "product_id"),
        ({"params": {"items": ["odd"]}}, "product_id"),
        ({"params": {"items": {}}}, "a list of at most 200"),
        ({"params": {"items": [{"item_id": "a"}] * 201}}, "a list of at most 200"),
        ({"user_properties": {"plan": {"value": "pro"}}}, None),
        ({"user_properties": {"plan": "pro"}}, "a text or a number"),
        ({"user_properties": {"plan": {"value": "x" * 37}}}, "36 characters"),
        ({"user_properties": {"p" * 25: {"value": 1}}}, "longer than 24"),
        ({"user_properties": {"first_open_time": {"value": 1}}}, "is reserved"),
        ({"user_properties": {f"p{number}": {"value": 1} for number in range(26)}}, "here are 26"),
        ({"user_properties": "odd"}, "must be an object"),
    ],
)
def test_refuses_what_analytics_would_answer_204_and_drop(change, reason):
    found = COLLECT.refusal(GOOD | change, settings())

    assert found is None if reason is None else reason in found


def test_events_of_one_person_share_a_request_and_keep_their_times():
    first, second = ({**GOOD, "timestamp_micros": at} for at in (1, 2))
    body = json.loads(COLLECT.request(items_of(first, second), settings()).body)

    assert COLLECT.key(first, settings()) == COLLECT.key(second, settings())
    assert COLLECT.key(first, settings()) != COLLECT.key({**first, "client_id": "other"}, settings())
    assert COLLECT.key(first, settings()) != COLLECT.key({**first, "user_properties": {"a": {"value": 1}}}, settings())
    assert {"client_id": "c", "timestamp_micros": 2, "events": body["events"]} == body
    assert [1, 2] == [one["timestamp_micros"] for one in body["events"]]
    assert all("client_id" not in one for one in body["events"])


def test_a_request_carries_what_analytics_takes_of_one():
    batch = COLLECT.batch(settings())

    assert (25, True) == (batch.items, batch.bytes < 130_000)


def test_an_app_streams_events_are_sent_under_its_app_id():
    url = COLLECT.request(items_of(GOOD), check_settings(KIND, APP)).url

    assert "firebase_app_id=1%3A123%3Aandroid%3Aabc" in url
    assert "measurement_id" not in url


@pytest.mark.parametrize(("status", "outcome"), [(204, Delivered), (200, Delivered), (502, RetryLater)])
def test_answers_say_only_whether_the_request_came_in(status, outcome):
    assert outcome is type(COLLECT.read(answer(status), items_of(GOOD)))


def test_refuses_a_stream_that_is_none():
    with pytest.raises(BadDestinationSettingsError, match="measurement ID such as G-"):
        settings(stream_id="UA-1234-5")


def test_people_are_deleted_only_with_an_access_token():
    with pytest.raises(BadDestinationSettingsError, match="access_token"):
        KIND.deletion.request(["ada"], settings(property_id="1"))
    own = settings(property_id="properties/1/x", access_token="t")

    assert KIND.deletion.request(["ada"], own).url.endswith("/v1alpha/properties/1%2Fx:submitUserDeletion")
