"""Google Analytics 4, as its Measurement Protocol's pages and its limits document it."""

import re

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

STREAM, SECRET, TOKEN = "G-A1B2C3D4E5", "hKx0vWmJTn2Yq4Zr6t8u0w", "ya29.a0AfH6SMBx3kJ9vQ"
HOSTS = {"www.google-analytics.com", "region1.google-analytics.com"}
BODY = {"client_id", "user_id", "timestamp_micros", "user_properties", "user_data", "consent", "non_personalized_ads"}
BODY |= {"user_location", "ip_override", "device", "validation_behavior", "events"}
RECOMMENDED = {"purchase": {"transaction_id", "value", "currency", "items"}, "view_item": {"items"}, "page_view": set()}
WORD = r"[A-Za-z][A-Za-z0-9_]*"
LONG = {"page_location": 1_000, "page_referrer": 420, "page_title": 300}
ORDER = {
    "order_id": "o-1",
    "revenue": "29.90",
    "total": 35,
    "shipping": 5.1,
    "currency": "EUR",
    "coupon": "SUMMER",
    "products": [
        {"product_id": "p1", "name": "Card", "brand": "ACME", "category": "Cards", "price": "9.95", "quantity": 2},
        {"sku": "s2", "price": 10},
    ],
}


def judge(call: Call) -> Answer:
    assert (call.method, call.path) == ("POST", "/mp/collect")
    assert call.host in HOSTS
    assert call.query == {"measurement_id": STREAM, "api_secret": SECRET}
    assert call.headers["content-type"] == "application/json"
    assert len(call.body) < 130_000
    body = call.json
    assert set(body) <= BODY
    assert body["client_id"]
    assert len(body.get("user_id", "")) <= 256
    assert body["timestamp_micros"] == 1795860000000000
    assert 1 <= len(body["events"]) <= 25
    for one in body["events"]:
        judge_event(one)
    judge_user_properties(body.get("user_properties", {}))
    return Answer(status=204)


def judge_event(one):
    assert set(one) <= {"name", "params", "timestamp_micros"}
    assert re.fullmatch(WORD, one["name"])
    assert len(one["name"]) <= 40
    params = one["params"]
    assert len(params) <= 25
    for name, value in params.items():
        assert re.fullmatch(WORD, name), name
        assert len(name) <= 40
        assert not name.startswith(("_", "firebase_", "ga_", "google_", "gtag."))
        if name == "items":
            judge_items(value)
        else:
            assert isinstance(value, str | int | float), name
            assert len(str(value)) <= LONG.get(name, 100), name
    assert params["engagement_time_msec"] >= 1  # for people to be active in reports
    assert RECOMMENDED.get(one["name"], set()) <= set(params)
    assert "value" not in params or isinstance(params["value"], int | float)
    assert "value" not in params or len(params["currency"]) == 3


def judge_items(items):
    assert 1 <= len(items) <= 200
    for one in items:
        assert one.get("item_id") or one.get("item_name")
        assert all(
            isinstance(one[name], int | float) for name in ("price", "quantity", "discount", "index") if name in one
        )


def judge_user_properties(found):
    assert len(found) <= 25
    for name, value in found.items():
        assert re.fullmatch(WORD, name)
        assert len(name) <= 24
        assert name not in ("email", "phone", "name", "address")  # personal data is forbidden
        assert set(value) <= {"value", "timestamp_micros"}
        assert len(str(value["value"])) <= 36


def deleted_ids_of(call: Call):
    path = "/v1alpha/properties/123456:submitUserDeletion"
    assert (call.method, call.host, call.path) == ("POST", "analyticsadmin.googleapis.com", path)
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert set(call.json) == {"userId"}
    return [call.json["userId"]]


CONTRACT = Contract(
    kind="google-analytics-4",
    settings={"stream_id": STREAM, "api_secret": SECRET, "property_id": "123456", "access_token": TOKEN},
    events={
        "track": event(
            "track", event="Song Played", properties={"title": "x" * 500, "deep": {"er": [1, 2]}, "no": None}
        ),
        "track: order": event("track: order", event="Order Completed", properties=ORDER),
        "track: view": event(
            "track: view", event="Product Viewed", properties={"sku": "s2", "price": 7, "currency": "EUR"}
        ),
        "identify": event("identify", traits={"email": "ada@example.com", "plan": "pro", "company": {"size": 12}}),
        "page": event("page", name="Engines", properties={"url": "https://shop.example.com/engines"}),
        "screen": event("screen", name="Home"),
        "group": event("group", groupId="acme-1", traits={"name": "Acme"}),
    },
    judge=judge,
    # Analytics has no idempotency key: only what a test puts into parameters tells events apart.
    ids_of=lambda call: [one["params"]["sample"] for one in call.json["events"]],
    hosts=[({}, "www.google-analytics.com"), ({"region": "eu"}, "region1.google-analytics.com")],
    sample=lambda message_id: event(
        "track", event="Song Played", messageId=message_id, properties={"sample": message_id}
    ),
    deleted_ids_of=deleted_ids_of,
    deletion=Answer(body={"deletionRequestTime": "2026-11-28T10:00:00Z"}),
)
