"""Webhooks: a URL of the operator's own, which documents nothing but what we promise it."""

import hashlib
import hmac

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

SECRET = "hunter2"
NAMES = ("identify", "track", "page", "screen", "group", "alias")


def judge(call: Call) -> Answer:
    assert (call.method, call.path) == ("POST", "/hook")
    assert call.headers["content-type"] == "application/json"
    assert int(call.headers["content-length"]) == len(call.body)
    assert call.headers["x-signature"] == hmac.new(SECRET.encode(), call.body, hashlib.sha1).hexdigest()
    assert call.json["type"] in NAMES
    return Answer()


CONTRACT = Contract(
    kind="webhook",
    settings={"url": "https://hooks.example.com/hook", "shared_secret": SECRET},
    events={name: event(name) for name in NAMES},
    judge=judge,
    ids_of=lambda call: [call.json["messageId"]],
    hosts=[({}, "hooks.example.com")],
    sample=lambda message_id: event("track", messageId=message_id),
)
