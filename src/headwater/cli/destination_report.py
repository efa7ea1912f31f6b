"""How a tried destination looks at a terminal: each step of the way, the requests as they leave, and the answers."""

import difflib
import json
from collections.abc import Iterator
from typing import Any

from headwater.cli import one_line

STEPS = {
    "connected_source": "its source is connected",
    "supported_type": "the kind has a call for its type",
    "suppression": "their userId is not suppressed",
    "consent": "the person's consent allows it",
    "integrations_object": "the sender's integrations allow it",
    "sent_client_side": "the browser or app has not sent it there itself",
}
ENDS = {"filtered": "Not sent", "rejected": "Can't be sent", "busy": "Can't be told just now"}
OUTCOMES = {
    "delivered": "Delivered",
    "retrying": "It would be tried again",
    "rejected": "It would be given up, as a dead letter",
    "not_authorised": "The tool refuses the credentials",
    "filtered": "Not sent",
}
LETTER_STATES = {"ready": "would be sent", "filtered": "would not be sent", "rejected": "can't be sent"}
INDENT = "  "


def lines(result: dict[str, Any]) -> str:
    """Return the whole report on one event, safe on a terminal."""
    return "\n".join(one_line.visible(line) for line in _lines(result))


def of_letters(found: dict[str, Any]) -> Iterator[str]:
    """Yield what came of all dead letters that were tried; nothing where none were."""
    if "matching" not in found:
        return
    yield f"{found['tried']:,} of {found['matching']:,} dead letters tried:"
    for one in found["states"]:
        reason = f": {one['reason']}" if one["reason"] else ""
        yield one_line.visible(f"{one['count']:8,} {LETTER_STATES.get(one['state'], one['state'])}{reason}")
    if found["expired"]:
        yield f"{found['expired']:8,} could not be tried: their bodies have expired, and the log has forgotten them"
    yield ""


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"# {result['type']} {result['message_id']}, {result['origin']}"
    for step in result["steps"]:
        yield from _step(step)
    if result["state"] in ENDS:
        yield f"{ENDS[result['state']]}: {result['reason']}"
    if "letter" in result:
        yield from _difference(result["letter"], result["requests"])
    answers = result["answers"]
    for number, request in enumerate(result["requests"]):
        yield ""
        yield f"{request['method']} {request['url']}"
        yield from _message(request)
        if request.get("is_signed"):
            yield "(signed when it is sent)"
        if number < len(answers):
            yield from _answer(answers[number])


def _step(step: dict[str, Any]) -> Iterator[str]:
    reason = f": {step['reason']}" if step.get("reason") else ""
    yield f"{step['verdict']:8} {_what(step)}{reason}"
    for one in step.get("missing", ()):
        what = "is left out" if one["is_left_out"] else "has holes"
        yield f"{INDENT}{one['field']} {what}: {'; '.join(one['because'])}"
    if step["step"] == "filter" and "event" in step:
        yield from (INDENT + line for line in _pretty(step["event"]))
    for payload in step.get("payloads", ()):
        yield from (INDENT + line for line in _pretty(payload))


def _what(step: dict[str, Any]) -> str:
    if step["step"] == "filter":
        return f"filter {_named(step)}{step['action']} {' '.join(step['fql'].split())}"
    if step["step"] == "mapping":
        trigger = f"for {' '.join(step['trigger'].split())}" if step.get("trigger") else "for every event"
        return f"mapping {_named(step)}{trigger}"
    name = str(step["step"])
    return STEPS.get(name, name)


def _named(step: dict[str, Any]) -> str:
    return f"{step['name']}, " if step.get("name") else ""


def _answer(answer: dict[str, Any]) -> Iterator[str]:
    response, outcome = answer.get("response"), answer["outcome"]
    yield ""
    if response:
        yield f"{response['status']}, after {answer['duration_ms']} ms"
        yield from _message(response)
        yield ""
    reason = f": {outcome['reason']}" if outcome["reason"] else "."
    yield f"# {OUTCOMES.get(outcome['state'], outcome['state'])}{reason}"


def _difference(letter: dict[str, Any], requests: list[dict[str, Any]]) -> Iterator[str]:
    """Yield how the request that would be made differs from the one that failed."""
    yield f"given up: {letter['reason']}"
    before, after = letter["request"], requests[0] if requests else None
    if before is None or after is None:
        return
    changed = difflib.unified_diff(_as_text(before), _as_text(after), "as it was sent", "as it would be", lineterm="")
    told = list(changed)
    yield from told or ["The request is the same as the one that failed."]


def _as_text(request: dict[str, Any]) -> list[str]:
    try:
        body = _pretty(json.loads(request["body"]))
    except ValueError:
        body = request["body"].split("\n")
    return [f"{request['method']} {request['url']}", *body]


def _message(message: dict[str, Any]) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in message["headers"].items())
    if message["body"]:
        yield from ("", *message["body"].rstrip("\n").split("\n"))


def _pretty(value: Any) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=2).splitlines()
