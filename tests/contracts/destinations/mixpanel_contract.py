"""Mixpanel, as its Ingestion API, its identity management and its GDPR API document it."""

import base64
import re

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

TOKEN, GDPR_TOKEN = "591b3354bb2bdd96f72f23bf56911673", "vZcErNw8JCq42BZUJyWoZmDWCKBxXc"
HOSTS = {"api.mixpanel.com", "api-eu.mixpanel.com", "api-in.mixpanel.com"}
OPERATIONS = {"$set", "$set_once", "$add", "$union", "$append", "$remove", "$unset", "$delete"}
DISALLOWED = {"00000000-0000-0000-0000-000000000000", "anon", "anonymous", "nil", "none", "null", "n/a", "na"}
DISALLOWED |= {"undefined", "unknown", "<nil>", "0", "-1", "true", "false", "[]", "{}"}
ORDER = {"revenue": 29.9, "products": [{"sku": "a", "price": 9.95}, {"sku": "b", "price": 10}]}


def judge(call: Call) -> Answer:
    assert call.method == "POST"
    assert call.host in HOSTS
    assert call.headers["content-type"] == "application/json"
    assert isinstance(call.json, list)
    if call.path == "/import":
        return judge_import(call)
    assert call.path in ("/engage", "/groups")
    assert call.query["ip"] == "0"  # recommended for servers
    assert "authorization" not in call.headers
    assert "content-encoding" not in call.headers  # this API does not support gzip
    assert len(call.json) <= (2_000 if call.path == "/engage" else 200)
    for one in call.json:
        judge_profile(one, {"$distinct_id"} if call.path == "/engage" else {"$group_key", "$group_id"})
    return Answer(body={"code": 200, "num_good_events": len(call.json), "status": "OK"})


def judge_import(call: Call) -> Answer:
    assert call.query["strict"] == "1"
    assert call.headers["authorization"] == "Basic " + base64.b64encode(f"{TOKEN}:".encode()).decode()
    assert 1 <= len(call.json) <= 2_000
    assert len(call.body) <= 10_000_000
    for one in call.json:
        assert set(one) == {"event", "properties"}
        judge_properties(one["properties"])
    return Answer(body={"code": 200, "num_records_imported": len(call.json), "status": "OK"})


def judge_properties(properties):
    assert len(properties) < 255
    assert type(properties["time"]) is int
    assert properties["time"] == 1795860000000
    assert isinstance(properties["distinct_id"], str)
    assert properties["distinct_id"].lower() not in DISALLOWED
    assert re.fullmatch(r"[A-Za-z0-9-]{1,36}", properties["$insert_id"])
    # Simplified ID merge: distinct_id is the user, where there is one, else the device.
    expected = properties.get("$user_id") or f"$device:{properties['$device_id']}"
    assert expected == properties["distinct_id"]
    assert all(value is not None for value in properties.values())


def judge_profile(one, ids):
    assert one["$token"] == TOKEN
    assert all(isinstance(one[key], str) and one[key] for key in ids)
    operations = set(one) - ids - {"$token", "$ip"}
    assert operations
    assert operations <= OPERATIONS
    assert all(isinstance(found, list) for found in one.get("$union", {}).values())


def ids_of(call: Call):
    if call.path != "/import":  # writing a profile twice is as writing it once: it is known by whose it is
        return [one.get("$group_id") or one["$distinct_id"] for one in call.json]
    return [one["properties"]["$insert_id"] for one in call.json]


def partly(call: Call, wrong: frozenset[str]) -> Answer:
    failed = [
        {"index": number, "$insert_id": found, "field": "properties.time", "message": "'properties.time' is invalid"}
        for number, found in enumerate(ids_of(call))
        if found in wrong
    ]
    body = {"code": 400, "error": "some data points in the request failed validation", "status": "Bad Request"}
    return Answer(status=400, body={**body, "failed_records": failed, "num_records_imported": 6})


def deleted_ids_of(call: Call):
    assert (call.method, call.host, call.path) == ("POST", "mixpanel.com", "/api/app/data-deletions/v3.0/")
    assert call.query == {"token": TOKEN}
    assert call.headers["authorization"] == f"Bearer {GDPR_TOKEN}"
    assert call.json["compliance_type"] in ("GDPR", "CCPA")
    assert len(call.json["distinct_ids"]) <= 2_000
    return call.json["distinct_ids"]


CONTRACT = Contract(
    kind="mixpanel",
    settings={"project_token": TOKEN, "gdpr_token": GDPR_TOKEN, "product_events": True},
    events={
        "track": event("track", event="Song Played", properties={"title": "Analytical Engine", "empty": None}),
        "track: order": event("track", messageId="track-order", event="Order Completed", properties=ORDER),
        "track: nobody's yet": event("track", messageId="track-2", event="Song Played", userId=None),
        "identify": event("identify", traits={"email": "ada@example.com", "firstName": "Ada"}),
        "page": event("page", name="Engines", properties={"url": "https://shop.example.com/engines"}),
        "screen": event("screen", name="Home"),
        "group": event("group", groupId="group", traits={"name": "Acme", "employees": 12}),
        "alias": event("alias", previousId="b8d4e1f0-4a2b-4a3c-9d5e-0123456789ab"),
    },
    judge=judge,
    ids_of=ids_of,
    hosts=[
        ({}, "api.mixpanel.com"),
        ({"region": "eu"}, "api-eu.mixpanel.com"),
        ({"region": "in"}, "api-in.mixpanel.com"),
    ],
    sample=lambda message_id: event("track", event="Song Played", messageId=message_id),
    throttle=Answer(status=429, body={"code": 429, "error": "Project exceeded rate limits.", "status": "x"}),
    wait=None,
    unauthorised=Answer(status=401, body={"code": 401, "error": "Invalid credentials", "status": "Unauthorized"}),
    partly=partly,
    deleted_ids_of=deleted_ids_of,
    deletion=Answer(status=201, body={"status": "ok", "results": {"task_id": "1583958896131033662"}}),
)
