"""PostHog, as its pages on the capture API and on data deletion document it."""

import uuid
from datetime import datetime

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

KEY, PERSONAL = "phc_a1b2c3d4e5f6a1b2c3d4e5f6", "phx_f6e5d4c3b2a1f6e5d4c3b2a1"
HOSTS = {"us.i.posthog.com", "eu.i.posthog.com", "posthog.example.com"}


def judge(call: Call) -> Answer:
    assert (call.method, call.path) == ("POST", "/batch/")
    assert call.host in HOSTS
    assert call.headers["content-type"] == "application/json"
    assert len(call.body) < 20 * 1024 * 1024
    body = call.json
    assert set(body) <= {"api_key", "batch", "historical_migration", "sent_at"}
    assert body["api_key"] == KEY
    assert len(body["batch"]) >= 1
    for one in body["batch"]:
        judge_event(one)
    return Answer(body={"status": 1})


def judge_event(one):
    # The three that are answered 200 and dropped.
    assert one["event"]
    assert one["distinct_id"]
    assert isinstance(one["distinct_id"], str)
    assert str(uuid.UUID(one["uuid"])) == one["uuid"]
    assert datetime.fromisoformat(one["timestamp"]) == datetime.fromisoformat("2026-11-28T10:00:00+00:00")
    properties = one["properties"]
    assert all(value is not None for value in properties.values())
    match one["event"]:
        case "$pageview":
            assert properties["$current_url"]
        case "$screen":
            assert properties["$screen_name"]
        case "$identify":
            assert isinstance(properties["$set"], dict)
            assert properties["$anon_distinct_id"] != one["distinct_id"]
        case "$groupidentify":
            assert properties["$group_type"] == "company"
            assert properties["$group_key"]
            assert isinstance(properties["$group_set"], dict)
        case "$create_alias":
            assert properties["alias"] == "ada-1815"
            assert one["distinct_id"] == "old-1815"


def deleted_ids_of(call: Call):
    assert (call.method, call.host, call.path) == ("POST", "us.posthog.com", "/api/projects/42/persons/bulk_delete/")
    assert call.headers["authorization"] == f"Bearer {PERSONAL}"
    assert call.headers["content-type"] == "application/json"
    assert len(call.json["distinct_ids"]) <= 1_000
    assert call.json["delete_events"] is True
    return call.json["distinct_ids"]


CONTRACT = Contract(
    kind="posthog",
    settings={"project_api_key": KEY, "personal_api_key": PERSONAL, "project_id": "42"},
    events={
        "track": event("track", event="Song Played", properties={"title": "Analytical Engine", "empty": None}),
        "track: nobody's yet": event("track: nobody's yet", event="Song Played", userId=None),
        "identify": event("identify", traits={"email": "ada@example.com", "age": 36}),
        "identify: nobody's yet": event("identify: nobody's yet", userId=None, traits={"plan": "pro"}),
        "page": event("page", name="Engines", properties={"url": "https://shop.example.com/engines"}),
        "screen": event("screen", name="Home"),
        "group": event("group", groupId="acme-1", traits={"name": "Acme", "employees": 12}),
        "alias": event("alias", previousId="old-1815"),
    },
    judge=judge,
    ids_of=lambda call: [one["properties"]["$insert_id"] for one in call.json["batch"]],
    hosts=[
        ({}, "us.i.posthog.com"),
        ({"region": "eu"}, "eu.i.posthog.com"),
        ({"url": "https://posthog.example.com/"}, "posthog.example.com"),
    ],
    sample=lambda message_id: event("track", event="Song Played", messageId=message_id),
    throttle=Answer(status=429, body=b"rate limited", headers={"retry-after": "7"}),
    unauthorised=Answer(status=401, body=b"API key is not valid: not_a_token"),
    deleted_ids_of=deleted_ids_of,
    deletion=Answer(status=202, body={}),
)
