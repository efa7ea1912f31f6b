"""Any HTTP API: its vendor is the operator, and documents what the operator's settings say."""

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

TOKEN = "tok-0123456789"
NAMES = ("identify", "track", "page", "screen", "group", "alias")


def judge(call: Call) -> Answer:
    assert (call.method, call.path, call.query) == ("POST", "/v2/in", {"tenant": "t1"})
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.headers["x-team"] == "growth"
    assert call.headers["content-type"] == "application/json"
    assert int(call.headers["content-length"]) == len(call.body)
    assert call.json["type"] in NAMES
    assert call.headers["idempotency-key"] == call.json["messageId"]
    return Answer(status=201)


CONTRACT = Contract(
    kind="http-api",
    settings={
        "url": "https://api.example.com/v2/in?tenant=t1",
        "auth": "bearer",
        "token": TOKEN,
        "headers": {"X-Team": "growth"},
    },
    events={name: event(name) for name in NAMES},
    judge=judge,
    ids_of=lambda call: [call.headers["idempotency-key"]],
    hosts=[({}, "api.example.com"), ({"url": "http://crm.example.net"}, "crm.example.net")],
    sample=lambda message_id: event("track", messageId=message_id),
)
