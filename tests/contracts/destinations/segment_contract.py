"""Segment's tracking API (segment.com/docs, HTTP API source) and its regulations (Public API)."""

import json
from base64 import b64encode

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

WRITE_KEY = "wk-0123456789"
TYPES = {"identify", "track", "page", "screen", "group", "alias"}
CONSENT = {"consent": {"categoryPreferences": {"marketing": False}}}


def judge(call: Call) -> Answer:
    assert (call.method, call.path) == ("POST", "/v1/batch")
    assert call.headers["content-type"] == "application/json"
    assert call.headers["authorization"] == "Basic " + b64encode(f"{WRITE_KEY}:".encode()).decode()
    if len(call.body) > 500_000:
        return Answer(status=400, body={"success": False})
    assert "sentAt" not in call.json, "Segment would correct the clock a second time"
    assert 0 < len(call.json["batch"]) <= 2_500
    for item in call.json["batch"]:
        judge_call(item)
    return Answer(body={"success": True})


def judge_call(item) -> None:
    assert len(json.dumps(item)) <= 32 * 1024
    assert item["type"] in TYPES
    assert isinstance(item.get("userId") or item.get("anonymousId"), str)
    assert 0 < len(item["messageId"]) <= 100
    assert item["timestamp"] == "2026-11-28T10:00:00.000Z"
    assert not {"sentAt", "receivedAt", "originalTimestamp", "writeKey"} & item.keys()
    assert item["context"]["ip"] == "203.0.113.7"
    if item["type"] == "track":
        assert isinstance(item["event"], str)
    if item["type"] == "group":
        assert isinstance(item["groupId"], str)
    if item["type"] == "alias":
        assert isinstance(item["previousId"], str)
    if item["messageId"] == "track: consent":
        assert item["context"]["consent"] == CONSENT["consent"]
        assert item["integrations"] == {"All": True, "Mixpanel": False}


def sample(message_id: str):
    return event("track", messageId=message_id, event="Signed Up")


base = event("track: consent")["context"]

CONTRACT = Contract(
    kind="segment",
    settings={"write_key": WRITE_KEY, "public_api_token": "sgp_0123456789"},
    events={
        "identify": event("identify", traits={"email": "ada@example.com"}),
        "track": event("track", event="Signed Up", properties={"plan": "pro"}, sentAt="2026-11-28T10:00:00.250Z"),
        "track: consent": event(
            "track: consent", event="Seen", context=base | CONSENT, integrations={"All": True, "Mixpanel": False}
        ),
        "page": event("page", name="Engines"),
        "screen": event("screen", name="Engines"),
        "group": event("group", groupId="g1", traits={"name": "Analytical"}),
        "alias": event("alias", previousId="a1"),
    },
    judge=judge,
    ids_of=lambda call: [item["messageId"] for item in call.json["batch"]],
    hosts=[
        ({}, "api.segment.io"),
        ({"region": "eu"}, "events.eu1.segmentapis.com"),
        ({"url": "https://headwater.example.com/"}, "headwater.example.com"),
        ({"url": "https://headwater.example.com/v1", "region": "eu"}, "headwater.example.com"),
    ],
    sample=sample,
    deleted_ids_of=lambda call: call.json["subjectIds"] if call.path == "/regulations" else [],
)
