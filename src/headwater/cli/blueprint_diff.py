"""A plan on the screen: each thing that changes, and in it each value that does, as + and -. Pure."""

import base64
import binascii
import difflib
import json
from collections.abc import Iterator
from typing import Any

from headwater.cli import one_line
from headwater.cli.output import UNSAFE

SIGNS = {"create": "+", "update": "~", "delete": "-"}
SUMMARY = {"create": "to create", "update": "to change", "delete": "to delete"}
DONE = {"create": "created", "update": "changed", "delete": "deleted"}
NO_CHANGES = "No changes: what is live is what the file says."
BASE64 = "base64://"
INDENT = "    "
UNCHANGED = "unchanged"


def text(planned: dict[str, Any]) -> str:
    """Return the plan for people to read."""
    lines = [line for change in planned["changes"] for line in _of_change(change)]
    lines += [f"= {one['kind']} {one['name']}: kept, not in the file" for one in planned["kept"]]
    lines.append(summary(planned, SUMMARY) if planned["changes"] else NO_CHANGES)
    if planned.get("rehearsed") is not None:
        lines += _rehearsed(planned["rehearsed"])
    if planned.get("rerouted"):
        lines += _rerouted(planned["rerouted"])
    return "\n".join(UNSAFE.sub("?", line) for line in lines)


def summary(planned: dict[str, Any], words: dict[str, str]) -> str:
    """Return how much is, or was, done."""
    counts = {action: sum(one["action"] == action for one in planned["changes"]) for action in words}
    return ", ".join(f"{count} {words[action]}" for action, count in counts.items()) + "."


def remarks(planned: dict[str, Any]) -> Iterator[str]:
    """Yield what is to be said beside the plan, a line each."""
    for one in planned["warnings"]:
        yield one_line.flatten(f"warning: {one.get('project', '')}: {one.get('message', one)}")
    yield from (one_line.flatten(f"note: {note}") for note in planned["notes"])


def _rehearsed(firings: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what becomes of real firings of Actions; of those that stay as they are, only how many."""
    yield ""
    yield f"Of the last {len(firings)} calls of Actions, rendered anew and not sent:"
    for one in firings:
        if one["state"] != UNCHANGED:
            reason = f": {one['reason']}" if one.get("reason") else ""
            line = f"{one['state']}: {one['action']} of {one['at']}, {one['trigger_id']}{reason}"
            yield "  " + one_line.flatten(line)
            yield from ("  " + line for change in one.get("changes", ()) for line in _of_value(change))
    unchanged = sum(one["state"] == UNCHANGED for one in firings)
    yield f"  {unchanged} unchanged."


def _rerouted(events: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what becomes of real events; of those that are sent as they are, only how many."""
    yield ""
    yield f"Of the last {len(events)} events of destinations that change, mapped anew and not sent:"
    for one in events:
        if one["state"] != UNCHANGED:
            reason = f": {one['reason']}" if one.get("reason") else ""
            line = f"{one['state']}: {one['message_id']} of {one['at']} to {one['destination']}{reason}"
            yield "  " + one_line.flatten(line)
            yield from ("  " + line for change in one.get("changes", ()) for line in _of_value(change))
    yield f"  {sum(one['state'] == UNCHANGED for one in events)} unchanged."


def _of_change(change: dict[str, Any]) -> Iterator[str]:
    yield one_line.flatten(f"{SIGNS[change['action']]} {change['kind']} {change['name']}")
    for one in change["changes"]:
        yield from _of_value(one)


def _of_value(one: dict[str, Any]) -> Iterator[str]:
    before, after = _lines(one.get("before")), _lines(one.get("after"))
    if "before" in one and "after" in one and max(len(before), len(after)) > 1:
        yield f"  ~ {one['path']}"
        for line in list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]:
            yield INDENT + line
        return
    for key, sign, lines in (("before", "-", before), ("after", "+", after)):
        if key in one:
            yield f"  {sign} {one['path']}: {lines[0]}"
            yield from (INDENT + sign + " " + line for line in lines[1:])


def _lines(value: Any) -> list[str]:
    """Return a value as lines: a text that carries another one is shown as what it carries."""
    if isinstance(value, str) and value.startswith(BASE64):
        try:
            carried = base64.b64decode(value.removeprefix(BASE64), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return [json.dumps(value)]
        return carried.splitlines() or [""]
    if isinstance(value, str) and "\n" in value:
        return value.splitlines()
    if isinstance(value, dict | list) and value:
        return json.dumps(value, ensure_ascii=False, indent=2).splitlines()
    return [json.dumps(value, ensure_ascii=False)]
