"""What the schema of the identity-config is built of: one function for each kind of value. Pure.

Beside JSON Schema's own words a node may carry ours: whose key it is, that nothing here follows it, and how to say
what is expected.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from headwater.identity.config.section import BYTE_SIZE, GO_DURATION

Node = dict[str, Any]

OURS = "x-headwater"
WITHOUT_EFFECT = "x-headwater-without-effect"
EXPECTED = "x-headwater-expected"
ADVICE = "x-headwater-advice"
SECRET = "writeOnly"  # noqa: S105  JSON Schema's word for what is written and never read

MOST_LETTERS = 1_000_000
MOST_MEASURE_LETTERS = 64
DURATION = re.compile(rf"^(?:{GO_DURATION.pattern})?$")
SIZE = re.compile(rf"^(?:{BYTE_SIZE.pattern.replace('B|KB|MB|GB', '[Bb]|[KkMmGg][Bb]')})?$")


def text(
    about: str,
    *,
    default: str | None = None,
    pattern: str | None = None,
    expected: str | None = None,
    sample: str | None = None,
) -> Node:
    """Return any text, or one that has `pattern`, which `expected` puts into words."""
    node = {"type": "string", "maxLength": MOST_LETTERS}
    return _with(node, about, default=default, pattern=pattern, sample=sample) | (
        {EXPECTED: expected} if expected else {}
    )


def secret(about: str, *, sample: str | None = None) -> Node:
    """Return a text that no message may quote."""
    return {**text(about, sample=sample), SECRET: True}


def choice(about: str, allowed: Collection[str], *, what: str, default: str | None = None, advice: str = "") -> Node:
    """Return one of a few texts; `what` is what one of them is called."""
    node = {"type": "string", "enum": list(allowed), "title": what}
    return _with(node, about, default=default) | ({ADVICE: advice} if advice else {})


def flag(about: str, *, default: bool | None = None) -> Node:
    return _with({"type": "boolean"}, about, default=default)


def whole(about: str, *, least: int = 0, most: int | None = None, default: int | None = None) -> Node:
    """Return a whole number within bounds."""
    bounds = {"minimum": least} | ({} if most is None else {"maximum": most})
    return _with({"type": "integer", **bounds}, about, default=default)


def duration(about: str, *, default: str | None = None) -> Node:
    """Return a Go duration. Empty is as good as not there."""
    expected = 'a duration such as "1h" or "15m"'
    return _measure(about, default=default, pattern=DURATION.pattern, expected=expected, sample=default or "1h")


def size(about: str, *, default: str | None = None) -> Node:
    expected = "a size such as 64MB"
    return _measure(about, default=default, pattern=SIZE.pattern, expected=expected, sample=default or "64MB")


def several(items: Node, about: str, *, most: int | None = None, least: int = 0) -> Node:
    """Return a list, of the same kind of thing all of it."""
    bounds = ({"minItems": least} if least else {}) | ({} if most is None else {"maxItems": most})
    return _with({"type": "array", "items": items, **bounds}, about)


def texts(about: str, *, default: list[str] | None = None, sample: str | None = None) -> Node:
    return several(text("", sample=sample), about) | ({} if default is None else {"default": default})


def members(about: str, known: Mapping[str, Node], *, required: Collection[str] = (), is_open: bool = False) -> Node:
    """Return an object of known keys. `is_open`: nobody published all that may stand there."""
    node: Node = {"type": "object", "properties": dict(known)}
    if required:
        node["required"] = list(required)
    if not is_open:
        node["additionalProperties"] = False
    return _with(node, about)


def named(items: Node, about: str) -> Node:
    """Return an object whose keys are names that the operator chooses."""
    return _with({"type": "object", "additionalProperties": items}, about)


def same(name: str, about: str = "") -> Node:
    """Return whatever the definition `name` says."""
    return _with({"$ref": f"#/$defs/{name}"}, about)


def only_if(key: str, value: str, then: Node) -> Node:
    """Return what holds where `key` is `value`: an error then points into what was chosen, and nowhere else."""
    return {"if": {"required": [key], "properties": {key: {"const": value}}}, "then": then}


def ours(node: Node) -> Node:
    """Return the same, marked: Ory has no such key."""
    return {**node, OURS: True}


def idle(node: Node, advice: str) -> Node:
    """Return the same, marked: kept and followed by nothing. `advice` is what to do instead."""
    return {**node, WITHOUT_EFFECT: advice}


def _measure(about: str, *, default: str | None, pattern: str, expected: str, sample: str) -> Node:
    node = text(about, default=default, pattern=pattern, expected=expected, sample=sample)
    return {**node, "maxLength": MOST_MEASURE_LETTERS}


def _with(
    node: Node, about: str, *, default: Any = None, pattern: str | None = None, sample: str | None = None
) -> Node:
    extras = {"default": default, "pattern": pattern, "examples": None if sample is None else [sample]}
    described = {"description": about} if about else {}
    return {**described, **node, **{key: value for key, value in extras.items() if value is not None}}
