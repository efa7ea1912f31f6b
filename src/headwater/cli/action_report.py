"""How a tried Action looks at a terminal: the request as it leaves, the answer, and what it means for people."""

import json
from collections.abc import Iterator
from typing import Any

from headwater.cli import one_line

OUTCOMES = {
    "goes_on": "The flow goes on",
    "stopped": "The flow stops, and people are told why",
    "failed": "The flow fails",
    "queued": "The flow goes on",
}
WORDS = {"cancelled": "cancelled", "not_rendered": "can't be rendered", "no_ctx": "can't be tried"}


def lines(result: dict[str, Any]) -> str:
    """Return the whole report on one result, safe on a terminal."""
    return "\n".join(one_line.visible(line) for line in _lines(result))


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"# on {result['ctx']}"
    if result["state"] in WORDS:
        yield f"{WORDS[result['state']]}: {result['reason']}"
        return
    request = result["request"]
    yield f"{request['method']} {request['url']}"
    yield from _message(request)
    if request.get("is_signed"):
        yield "(signed when it is sent)"
    if result.get("trigger_id"):
        yield ""
        yield f"# sent as {result['trigger_id']}"
        yield from ([f"no answer: {result['failure']}"] if result.get("failure") else [])
    if result.get("response"):
        yield from ("", f"{result['response']['status']}")
        yield from _message(result["response"])
    if result.get("outcome"):
        yield ""
        yield from _outcome(result["outcome"])


def _message(message: dict[str, Any]) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in message["headers"].items())
    if message["body"]:
        yield from ("", *message["body"].rstrip("\n").split("\n"))


def _outcome(outcome: dict[str, Any]) -> Iterator[str]:
    reason = f": {outcome['reason']}" if outcome["reason"] else "."
    yield f"# {OUTCOMES[outcome['state']]}{reason}"
    for message in outcome["messages"]:
        place = message["node"] or "the form as a whole"
        yield f"{place}: {message['text']} ({message['type']} {message['id']})"
    error = outcome["error"]
    if error and not outcome["messages"]:
        yield f"people see: {error['code']} {error['id']}: {error['message']}"
    for change in outcome["changes"]:
        yield f"{change['path']}: {_json(change['before'])} -> {_json(change['after'])}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
