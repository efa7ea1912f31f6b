"""Amplitude, as its pages HTTP V2, Batch Event Upload, User Mapping and User Privacy document it."""

import base64
import json

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

KEY, SECRET = "a1b2c3d4e5f60718293a4b5c6d7e8f90", "0f9e8d7c6b5a493827160f5e4d3c2b1a"
HOSTS = {"api2.amplitude.com", "api.eu.amplitude.com"}
TEXTS = {"user_id", "device_id", "event_type", "insert_id", "app_version", "platform", "os_name", "os_version"}
TEXTS |= {"device_brand", "device_manufacturer", "device_model", "carrier", "country", "region", "city", "language"}
TEXTS |= {"ip", "idfa", "idfv", "adid", "productId", "revenueType"}
NUMBERS = {"price", "revenue", "location_lat", "location_lng"}
WHOLES = {"time", "session_id", "event_id", "quantity"}
OBJECTS = {"event_properties", "user_properties", "groups", "group_properties"}
OPERATIONS = {"$set", "$setOnce", "$add", "$append", "$prepend", "$unset", "$remove", "$preInsert", "$postInsert"}
ORDER = {
    "order_id": "o-1",
    "revenue": "29.90",
    "products": [{"product_id": "p1", "name": "Card", "price": 9.95, "quantity": 2}, {"sku": "s2", "price": "10"}],
}


def judge(call: Call) -> Answer:
    assert call.method == "POST"
    if call.path == "/usermap":
        return judge_mapping(call)
    assert call.host in HOSTS
    assert call.path in ("/2/httpapi", "/batch")
    assert call.headers["content-type"] == "application/json"
    body = call.json
    assert set(body) <= {"api_key", "events", "options"}
    assert body["api_key"] == KEY
    assert len(call.body) <= (1_000_000 if call.path == "/2/httpapi" else 20_000_000)
    assert 1 <= len(body["events"]) <= 2_000
    for one in body["events"]:
        judge_event(one, least=body.get("options", {}).get("min_id_length", 5))
    return Answer(body={"code": 200, "events_ingested": len(body["events"]), "payload_size_bytes": len(call.body)})


def judge_event(one, *, least):
    assert set(one) <= TEXTS | NUMBERS | WHOLES | OBJECTS, set(one)
    assert one["event_type"]
    ids = [one[key] for key in ("user_id", "device_id") if key in one]
    assert ids
    assert all(len(found) >= least for found in ids)
    for key, value in one.items():
        judge_value(key, value)
    assert one["time"] == 1795860000000  # milliseconds, of when it happened
    assert not {"price", "revenue"} <= set(one)  # all of price, quantity and revenue: the revenue is not used
    if one["event_type"] == "$identify":
        assert set(one.get("user_properties", {})) <= OPERATIONS
    if one["event_type"] == "$groupidentify":
        assert all(isinstance(value, str | list) for value in one["groups"].values())
        assert set(one.get("group_properties", {})) <= OPERATIONS
    else:
        assert "group_properties" not in one


def judge_value(key, value):
    if key in TEXTS:
        assert isinstance(value, str), key
        assert 0 < len(value) <= 1_024, key
    elif key in OBJECTS:
        assert isinstance(value, dict), key
        assert value, key
    else:
        assert type(value) in ((int,) if key in WHOLES else (int, float)), key


def judge_mapping(call: Call) -> Answer:
    assert call.host in ("api.amplitude.com", "api.eu.amplitude.com")
    assert call.headers["content-type"] == "application/x-www-form-urlencoded"
    assert set(call.form) == {"api_key", "mapping"}
    assert call.form["api_key"] == KEY
    mapping = json.loads(call.form["mapping"])
    assert len(mapping) <= 2_000
    assert all(set(one) == {"user_id", "global_user_id"} for one in mapping)
    return Answer(body={"code": 200})


def judge_deletion(call: Call) -> Answer:
    assert call.host in ("amplitude.com", "analytics.eu.amplitude.com")
    assert call.headers["authorization"] == "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    assert call.headers["content-type"] == "application/json"
    assert len(call.json["user_ids"]) <= 100
    return Answer(body={"day": "2026-12-10", "status": "staging", "amplitude_ids": []})


def deleted_ids_of(call: Call):
    judge_deletion(call)
    return call.json["user_ids"]


def ids_of(call: Call):
    if call.path == "/usermap":  # mapping twice is as mapping once: the event is known by whom it maps
        return [f"{one['user_id']}" for one in json.loads(call.form["mapping"])]
    return [one["insert_id"] for one in call.json["events"]]


def partly(call: Call, wrong: frozenset[str]) -> Answer:
    positions = [number for number, one in enumerate(call.json["events"]) if one["insert_id"] in wrong]
    body = {"code": 400, "error": "Invalid request", "events_with_invalid_fields": {"time": positions}}
    return Answer(status=400, body=body) if positions else judge(call)


CONTRACT = Contract(
    kind="amplitude",
    settings={"api_key": KEY, "secret_key": SECRET},
    events={
        "track": event("track", event="Song Played", properties={"title": "Analytical Engine", "empty": None}),
        "track: order": event("track: order", event="Order Completed", properties=ORDER),
        "identify": event("identify", traits={"email": "ada@example.com", "age": 36}),
        "page": event("page", name="Engines", properties={"url": "https://shop.example.com/engines"}),
        "screen": event("screen", name="Home"),
        "group": event("group", groupId="acme-1", traits={"name": "Acme", "employees": 12}),
        "alias": event("alias: was", previousId="alias: was"),
    },
    judge=judge,
    ids_of=ids_of,
    hosts=[({}, "api2.amplitude.com"), ({"region": "eu"}, "api.eu.amplitude.com")],
    sample=lambda message_id: event("track", event="Song Played", messageId=message_id),
    throttle=Answer(status=429, body={"code": 429, "error": "Too many requests", "eps_threshold": 1000}),
    wait=None,
    unauthorised=Answer(status=400, body={"code": 400, "error": "Invalid API key: nonsense"}),
    partly=partly,
    takes_the_rest=False,
    deleted_ids_of=deleted_ids_of,
    deletion=Answer(body={"day": "2026-12-10", "status": "staging"}),
)
