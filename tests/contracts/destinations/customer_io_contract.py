"""Customer.io's Track API v2 (docs.customer.io/integrations/api/track): batches of entities.

Ids of events are ULIDs there, so examples carry their message id as an attribute, too. An `anonymous_id` as identifier
of events and of the people of an object is what Customer.io's own destination for Segment sends.
"""

import base64
import json
import re

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

SITE_ID, API_KEY = "site-1", "key-of-the-track-api"
MAX_BATCH_BYTES, MAX_ENTITY_BYTES = 500_000, 32_000
ULID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")
PERSON = {"id", "email", "cio_id"}
NEEDS = {
    ("person", "identify"): set(),
    ("person", "event"): {"name"},
    ("person", "page"): {"name"},
    ("person", "screen"): {"name"},
    ("person", "delete"): set(),
    ("person", "suppress"): set(),
    ("person", "add_device"): {"device"},
    ("person", "delete_device"): {"device"},
    ("person", "merge"): {"primary", "secondary"},
    ("object", "identify"): set(),
    ("object", "identify_anonymous"): {"cio_relationships"},
}
HAPPENED = ("event", "page", "screen")


def judge(call: Call) -> Answer:
    assert (call.method, call.path) == ("POST", "/api/v2/batch")
    assert call.headers["content-type"] == "application/json"
    scheme, _, keys = call.headers["authorization"].partition(" ")
    if (scheme, base64.b64decode(keys)) != ("Basic", f"{SITE_ID}:{API_KEY}".encode()):
        return Answer(status=401)
    assert len(call.body) <= MAX_BATCH_BYTES
    assert {"batch"} == call.json.keys()
    for entity in call.json["batch"]:
        check(entity)
    return Answer(body={})


def check(entity):
    assert len(json.dumps(entity)) <= MAX_ENTITY_BYTES
    needed = NEEDS[entity["type"], entity["action"]]
    assert needed <= entity.keys()
    assert isinstance(entity.get("timestamp", 0), int)
    assert None not in entity.get("attributes", {}).values()
    if entity["action"] == "merge":
        assert one_of(PERSON, entity["primary"])
        assert one_of(PERSON, entity["secondary"])
    elif entity["type"] == "object":
        assert {"object_type_id", "object_id"} == entity["identifiers"].keys()
        assert all(isinstance(value, str) for value in entity["identifiers"].values())
        known = PERSON if entity["action"] == "identify" else {"anonymous_id"}
        assert all(one_of(known, found["identifiers"]) for found in entity.get("cio_relationships", []))
    else:
        assert one_of(PERSON | ({"anonymous_id"} if entity["action"] in HAPPENED else set()), entity["identifiers"])
    if entity["action"] in HAPPENED:
        assert ULID.fullmatch(entity["id"])
    if entity["action"] == "add_device":
        assert entity["device"]["platform"] in ("ios", "android")
        assert isinstance(entity["device"]["token"], str)
    created_at = entity.get("attributes", {}).get("created_at", 0)
    assert isinstance(created_at, int)


def one_of(known, identifiers):
    return (
        len(identifiers) == 1 and identifiers.keys() <= known and all(isinstance(v, str) for v in identifiers.values())
    )


def ids_of(call):
    return [
        entity["secondary"]["id"] if entity["action"] == "merge" else entity["attributes"]["message"]
        for entity in call.json["batch"]
        if entity["action"] != "add_device"
    ]


def partly(call, wrong):
    places = [place for place, message in enumerate(ids_of(call)) if message in wrong]
    errors = [{"batch_index": place, "reason": "invalid", "field": "name", "message": "is no name"} for place in places]
    return Answer(status=207, body={"errors": errors})


def example(name, /, **more):
    details = "traits" if more.get("traits") is not None else "properties"
    return event(name, **{**more, details: {**more.get(details, {}), "message": name}})


DEVICE = {"device": {"token": "t0k3n", "type": "ios"}}

CONTRACT = Contract(
    kind="customer-io",
    settings={"site_id": SITE_ID, "api_key": API_KEY},
    events={
        "identify": example("identify", traits={"email": "ada@example.com", "createdAt": "2026-01-02T03:04:05Z"}),
        "identify: by e-mail": example("identify: by e-mail", userId=None, traits={"email": "ada@example.com"}),
        "identify: on a phone": example("identify: on a phone", traits={"plan": None}, context=DEVICE),
        "track": example("track", event="Order Completed", properties={"revenue": 19.5}),
        "track: anonymous": example("track: anonymous", event="Signed Up", userId=None),
        "track: device": example("track: device", event="Application Opened", context=DEVICE),
        "page": example("page"),
        "screen": example("screen", name="Home"),
        "group": example("group", groupId="acme", traits={"name": "Acme"}),
        "group: anonymous": example("group: anonymous", groupId="acme", traits={}, userId=None),
        "alias": event("alias", previousId="alias"),
    },
    judge=judge,
    ids_of=ids_of,
    hosts=[({"region": "us"}, "track.customer.io"), ({"region": "eu"}, "track-eu.customer.io")],
    sample=lambda message_id: event(
        "track", messageId=message_id, event="Signed Up", properties={"message": message_id}
    ),
    partly=partly,
    deleted_ids_of=lambda call: [
        entity["identifiers"]["id"] for entity in call.json["batch"] if entity["action"] == "delete"
    ],
)
