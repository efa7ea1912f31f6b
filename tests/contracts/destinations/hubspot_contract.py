"""HubSpot's CRM v3 batch upsert and its custom events (developers.hubspot.com, API reference).

Nothing is deduplicated there; examples carry their message id as a property.
"""

import re

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

TOKEN = "pat-na1-token"
MAX_BATCH = 100
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAME = re.compile(r"[a-z][a-z0-9_]*")
EVENT = re.compile(r"pe4711_[a-z0-9_]+")
UPSERTS = {"/crm/v3/objects/contacts/batch/upsert": "email", "/crm/v3/objects/companies/batch/upsert": "group_id"}


def judge(call: Call) -> Answer:
    if call.headers["authorization"] != f"Bearer {TOKEN}":
        return Answer(status=401, body={"category": "INVALID_AUTHENTICATION"})
    assert call.method == "POST"
    assert call.headers["content-type"] == "application/json"
    assert {"inputs"} == call.json.keys()
    inputs = call.json["inputs"]
    assert 1 <= len(inputs) <= MAX_BATCH
    for given in inputs:
        assert all(NAME.fullmatch(name) and isinstance(value, str) for name, value in given["properties"].items())
    if call.path == "/events/v3/send/batch":
        for given in inputs:
            assert given.keys() <= {"eventName", "email", "utk", "objectId", "occurredAt", "uuid", "properties"}
            assert EVENT.fullmatch(given["eventName"])
            assert UUID.fullmatch(given["uuid"])
            assert given.get("email") or given.get("utk") or given.get("objectId")
            assert len(given["properties"]) <= 50
        return Answer(status=204)
    for given in inputs:
        assert {"id", "idProperty", "properties", "objectWriteTraceId"} == given.keys()
        assert UPSERTS[call.path] == given["idProperty"]
    assert len({given["id"] for given in inputs}) == len(inputs), "Duplicate IDs found in batch input"
    assert len({given["objectWriteTraceId"] for given in inputs}) == len(inputs)
    return Answer(body=answer(inputs))


def answer(inputs):
    return {
        "status": "COMPLETE",
        "results": [
            {"id": str(place), "objectWriteTraceId": given["objectWriteTraceId"], "new": True}
            for place, given in enumerate(inputs)
        ],
    }


def ids_of(call):
    return [given["properties"]["message"] for given in call.json["inputs"]]


def partly(call, wrong):
    inputs = call.json["inputs"]
    bad = [given for given in inputs if given["properties"]["message"] in wrong]
    errors = [
        {
            "status": "error",
            "category": "VALIDATION_ERROR",
            "message": "Property values were not valid",
            "context": {"objectWriteTraceId": [given["objectWriteTraceId"]]},
        }
        for given in bad
    ]
    body = answer([given for given in inputs if given not in bad])
    return Answer(status=207, body={**body, "errors": errors, "numErrors": len(errors)})


def contact(message_id):
    traits = {"email": f"{message_id.replace(' ', '')}@example.com", "message": message_id, "Plan Name": "pro"}
    return event("identify", messageId=message_id, traits=traits)


CONTRACT = Contract(
    kind="hubspot",
    settings={
        "access_token": TOKEN,
        "custom_properties": "message, Plan Name, vip, score, tags",
        "user_id_property": "user_id",
        "company_id_property": "group_id",
        "hub_id": "4711",
    },
    events={
        "identify": contact("identify"),
        "identify: all sorts": event(
            "identify: all sorts",
            traits={
                "email": "Ada@Example.com",
                "name": "Ada Lovelace",
                "company": {"name": "Engines"},
                "address": {"street": "1 St James's Sq", "city": "London", "postalCode": "SW1Y"},
                "message": "m",
                "vip": True,
                "score": 4.5,
                "tags": ["a", "b"],
                "gone": None,
            },
        ),
        "group": event("group", groupId="acme", traits={"name": "Acme", "employees": 12, "message": "group"}),
        "track": event(
            "track",
            event="Order Completed",
            properties={"email": "a@example.com", "Total": 19.5, "products": [{"a": 1}]},
        ),
    },
    judge=judge,
    ids_of=ids_of,
    hosts=[({}, "api.hubapi.com")],
    sample=contact,
    throttle=Answer(status=429, body={"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}),
    wait=10.0,
    partly=partly,
    deleted_ids_of=lambda call: [call.json["objectId"]] if call.json["idProperty"] == "user_id" else [],
    deletion=Answer(status=204),
)
