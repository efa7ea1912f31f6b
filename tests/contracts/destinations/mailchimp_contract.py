"""Mailchimp's Marketing API 3.0 (mailchimp.com/developer/marketing/api): members of an audience and their events.

Nothing is deduplicated there, and nothing is sent in batches (see the kind).
"""

import base64
import hashlib
from datetime import datetime

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

KEY = "0123456789abcdef0123456789abcdef-us21"
OTHER_KEY = "0123456789abcdef0123456789abcdef-us6"
LIST = "/3.0/lists/a1b2c3/members/"
PROBLEM = {"type": "about:blank", "title": "API Key Invalid", "status": 401, "detail": "Your API key may be invalid."}


def md5(email):
    return hashlib.md5(email.lower().encode()).hexdigest()


def judge(call: Call) -> Answer:
    scheme, _, keys = call.headers["authorization"].partition(" ")
    user, _, key = base64.b64decode(keys).decode().partition(":")
    if scheme != "Basic" or not user or f"{key.rpartition('-')[2]}.api.mailchimp.com" != call.host:
        return Answer(status=401, body=PROBLEM)
    assert call.headers["content-type"] == "application/json"
    assert call.path.startswith(LIST)
    member, _, rest = call.path.removeprefix(LIST).partition("/")
    assert len(member) == 32
    if rest == "events":
        return happened(call)
    assert (call.method, rest) == ("PUT", "")
    given = call.json
    assert given.keys() <= {"email_address", "status_if_new", "merge_fields", "language"}, "a status resubscribes"
    assert member == md5(given["email_address"])
    assert given["status_if_new"] in ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
    for tag, value in given.get("merge_fields", {}).items():
        assert tag == tag.upper()
        assert len(tag) <= 10
        address = tag == "ADDRESS" and {"addr1", "city", "state", "zip"} <= value.keys()
        assert address or isinstance(value, str | int | float)
    return Answer(body={"id": member, "status": "subscribed"})


def happened(call):
    assert call.method == "POST"
    assert call.json.keys() <= {"name", "properties", "is_syncing", "occurred_at"}
    assert 2 <= len(call.json["name"]) <= 30
    assert all(isinstance(value, str) for value in call.json.get("properties", {}).values())
    assert datetime.fromisoformat(call.json["occurred_at"]).tzinfo
    return Answer(status=204)


PEOPLE = {md5(f"person-{number}"): f"person-{number}" for number in range(10)}


def deleted(call):
    assert call.method == "POST"
    assert call.path.endswith("/actions/delete-permanent")
    return [PEOPLE[call.path.removeprefix(LIST).partition("/")[0]]]


ADDRESS = {"street": "1 St James's Sq", "city": "London", "state": "-", "postalCode": "SW1Y", "country": "GB"}

CONTRACT = Contract(
    kind="mailchimp",
    settings={"api_key": KEY, "audience_id": "a1b2c3", "merge_fields": {"plan": "PLAN"}},
    events={
        "identify": event("identify", traits={"email": "Ada@Example.com", "name": "Ada Lovelace", "plan": True}),
        "identify: with address": event("identify: with address", traits={"email": "a@b.c", "address": ADDRESS}),
        "identify: odd": event("identify: odd", userId="a@b.c", traits={"plan": ["x"], "address": {"city": "London"}}),
        "track": event("track", event="Order Completed", properties={"email": "a@b.c", "total": 19.5, "new": True}),
    },
    judge=judge,
    ids_of=lambda _call: [],
    hosts=[({"api_key": KEY}, "us21.api.mailchimp.com"), ({"api_key": OTHER_KEY}, "us6.api.mailchimp.com")],
    sample=lambda message_id: event("identify", messageId=message_id, traits={"email": f"{message_id}@example.com"}),
    throttle=Answer(status=429, body={"title": "Too Many Requests", "status": 429}),
    wait=None,
    unauthorised=Answer(status=401, body=PROBLEM),
    deleted_ids_of=deleted,
    deletion=Answer(status=204),
)
