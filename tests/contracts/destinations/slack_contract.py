"""Slack's incoming webhooks (docs.slack.dev; their errors: changelog of 2016-05-17)."""

from contracts.destinations.contract import Contract, event
from contracts.destinations.vendor import Answer, Call

PATH = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
MAX_TEXT_CHARS = 40_000


def judge(call: Call) -> Answer:
    if call.path != PATH:
        return Answer(status=404, body=b"no_service")
    assert call.method == "POST"
    assert call.headers["content-type"] == "application/json"
    assert isinstance(call.json["text"], str)
    assert 0 < len(call.json["text"]) <= MAX_TEXT_CHARS
    assert "<!" not in call.json["text"], "an event pings a channel"
    return Answer(body=b"ok")


CONTRACT = Contract(
    kind="slack",
    settings={"url": f"https://hooks.slack.com{PATH}", "identify_traits": "email"},
    events={
        "identify": event("identify", traits={"email": "ada@example.com", "name": "Ada"}),
        "track: plain": event("track: plain", event="Signed Up", properties={"plan": "pro"}),
        "track: abuse": event("track: abuse", event="<!channel> hello"),
    },
    judge=judge,
    ids_of=lambda _call: [],
    hosts=[({}, "hooks.slack.com")],
    sample=lambda message_id: event("track", messageId=message_id, event="Signed Up"),
    unauthorised=Answer(status=403, body=b"invalid_token"),
)
