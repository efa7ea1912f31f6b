"""docs/identity-config.md: every key of the identity-config, made from its schema."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from headwater.identity.config_schema import keys, nodes
from headwater.identity.config_schema.keys import ANY, Key
from headwater.identity.config_schema.nodes import OURS, SECRET, WITHOUT_EFFECT, Node
from headwater.identity.config_schema.whole import SCHEMA

# Said once, in a section of their own.
SECTIONS = {"hooks": "hooks", "request_config": "requests", "migrate_hook": "requests"}
# Their own words say what is in them.
SAID_WHOLE = {"email", "sms"}
FEWEST_ALIKE = 2
LONGEST_DEFAULT = 40
HEAD = """# The identity-config, key by key

What `headwater patch|get|update identity-config` changes and shows: Ory's keys, and Headwater's own. Whatever isn't here is
refused, with the nearest key that is. Every key is optional unless it says *required*. A duration is written as `1h30m`, a
size as `64MB`; a secret is stored encrypted, shown as `secret://…`, and may stand elsewhere: `env:NAME`, `file:PATH`.

*ours*: Ory has no such key. *no effect*: the key is taken, kept and given back, so that a configuration of Ory's loads as it is,
and nothing here follows it; a patch that leaves one there with something to say is answered with one warning.

Editors complete and check a file by the same schema (JSON Schema, draft 2020-12):

```sh
curl -H "Authorization: Bearer $HEADWATER_KEY" http://127.0.0.1:4433/api/identity-config.schema.json -o identity-config.schema.json
```
"""
TABLE = "| key | value | default | what it is |\n|---|---|---|---|"


def page() -> str:
    """Return the page."""
    parts, idle = [HEAD], []
    for name, key in keys.ROOT.following.items():
        own = _row(name, key, is_required=name in SCHEMA["required"])
        if WITHOUT_EFFECT in key.node:
            idle.append(own)
        else:
            parts.append("\n".join([f"## {name}\n", TABLE, own, *_rows(key, name), ""]))
    parts.append("\n".join(["## Whole sections without effect\n", TABLE, *idle, ""]))
    for title, name in (("Hooks", "hook"), ("Requests", "request")):
        key = keys.tree(SCHEMA["$defs"][name])
        parts.append("\n".join([f"## {title}\n", ABOUT[name], TABLE, *_rows(key, ""), ""]))
    return "\n".join(parts)


ABOUT = {
    "hook": "One of a list. What `config` may hold depends on `hook`: all but `recipients` is a `web_hook`'s; "
    "`recipients` is of `notify_previous_addresses`.\n",
    "request": "What messages and the password-migration hook are sent by.\n",
}


def _rows(key: Key, path: str) -> Iterator[str]:
    required = key.node.get("required", ())
    for label, members in _alike(key):
        first = key.following[members[0]]
        place = f"{path}/{label}".strip("/")
        more = f" One of {', '.join(f'`{name}`' for name in members)}." if len(members) > 1 else ""
        yield _row(place, first, is_required=label in required, more=more)
        if label not in {*SECTIONS, *SAID_WHOLE} and WITHOUT_EFFECT not in first.node and not _is_plain_list(first):
            yield from _rows(first, place)


def _alike(key: Key) -> Iterator[tuple[str, list[str]]]:
    """Yield what is below; where several say the same, once for all of them."""
    for _, found in groupby(key.following, key=lambda name: _facts(key.following[name])):
        names = list(found)
        if len(names) >= FEWEST_ALIKE:
            yield "<name>", names
        else:
            yield from ((name, [name]) for name in names)


def _is_plain_list(key: Key) -> bool:
    """Tell whether it is a list, or names, of values about which there is no more to say."""
    return set(key.following) == {ANY} and not key.following[ANY].following


def _facts(key: Key) -> list[Any]:
    return [key.node, [(name, _facts(below)) for name, below in key.following.items()]]


def _row(place: str, key: Key, *, is_required: bool, more: str = "") -> str:
    node, name = key.node, place.rpartition("/")[2]
    label = place.replace(f"/{ANY}", "/…")
    about: list[str] = [node.get("description", ""), more.strip()]
    about += [f"See [{SECTIONS[name]}](#{SECTIONS[name]})."] if name in SECTIONS else []
    about += ["*required*"] if is_required else []
    about += ["*ours*"] if node.get(OURS) else []
    about += [f"*no effect*: {node[WITHOUT_EFFECT]}"] if WITHOUT_EFFECT in node else []
    told = " ".join(part for part in about if part).replace("|", "\\|")
    return f"| `{label}` | {_value(node)}{_items(key)} | {_default(node)} | {told} |"


def _items(key: Key) -> str:
    return " of texts" if _is_plain_list(key) and key.following[ANY].node.get("type") == "string" else ""


def _value(node: Node) -> str:
    if "enum" in node:
        return ", ".join(f"`{word}`" for word in node["enum"])
    if node.get("pattern") == nodes.DURATION.pattern:
        return "duration"
    if node.get("pattern") == nodes.SIZE.pattern:
        return "size"
    kinds = node.get("type", ANYTHING)
    words = [KINDS[str(kind)] for kind in (kinds if isinstance(kinds, list) else [kinds])]
    value = " or ".join(words) + _bounds(node)
    return f"{value}, secret" if node.get(SECRET) and value == "text" else value


ANYTHING = "anything"
KINDS = {
    ANYTHING: ANYTHING,
    "object": "object",
    "array": "list",
    "string": "text",
    "boolean": "true or false",
    "integer": "number",
    "null": "null",
}


def _bounds(node: Node) -> str:
    least, most = node.get("minimum"), node.get("maximum")
    if least is None:
        return ""
    return f", {least} to {most}" if most is not None else f", at least {least}"


def _default(node: Node) -> str:
    if "default" not in node:
        return ""
    value = node["default"]
    text = (
        ", ".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    )
    return f"`{text[:LONGEST_DEFAULT]}{'…' if len(text) > LONGEST_DEFAULT else ''}`" if text else "none"
