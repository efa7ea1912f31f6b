"""Events, requests and mails as a failure shows them: a line each. Pure."""

import json
from collections.abc import Mapping
from typing import Any

MOST_CHARACTERS = 400
OF_AN_EVENT = ("userId", "anonymousId", "groupId", "previousId", "properties", "traits")


def event(one: Mapping[str, Any]) -> str:
    """Show its type, its name, whose it is, and what it says."""
    name = one.get("event") or one.get("name")
    parts = [str(one.get("type", "?")), *([repr(name)] if name else [])]
    parts += [f"{key}={_value(one[key])}" for key in OF_AN_EVENT if one.get(key) not in (None, {})]
    return _cut(" ".join(parts) + f"  ({one.get('_source', '?')})")


def bad_event(one: Mapping[str, Any]) -> str:
    """Show why it was turned away, and what it was."""
    return _cut(f"{one['code']}: {one['reason']}  {_value(one['event'])}")


def request(one: Mapping[str, Any]) -> str:
    """Show where it went, what was in it, and what came back."""
    came_back = one["failure"] or one["status"]
    whose = f" [{one['destination_name']}]" if one.get("destination_name") else ""
    return _cut(f"{one['method']} {one['url']}{whose} → {came_back}  {_value(one['body'])}")


def mail(one: Mapping[str, Any]) -> str:
    """Show to whom, and about what."""
    return _cut(f"to {one['recipient']}: {one['subject']}")


def delivery(one: Mapping[str, Any]) -> str:
    """Show which delivery ended before anything was sent, and why."""
    return _cut(
        f"{one['outcome']} [{one['destination_name'] or one['destination']}] {one['message_id']}: {one['reason']}"
    )


def logged(one: Mapping[str, Any]) -> str:
    """Show a line of the logger."""
    return _cut(str(one["line"]))


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
