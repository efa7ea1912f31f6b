"""What the schema doesn't allow, put into words: where, what was found, what may stand there. Pure.

What was found is quoted only where a flag, a number, a measure or one of a few words belongs: anywhere else it may
be a secret.
"""

import difflib
from collections.abc import Callable, Collection, Sequence
from typing import Any

from headwater.actions import problems
from headwater.actions.problems import ConfigProblem, escape
from headwater.actions.shape import NAMES
from headwater.identity.config_schema import keys
from headwater.identity.config_schema.nodes import ADVICE, EXPECTED, SECRET, Node

TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}
MOST_NAMED = 25
MOST_PLACES = 2
LONGEST_KEY = 100
LONGEST_VALUE = 40
LARGEST_BITS = 64
REMOVE = "to do without it, remove the key"
NAMELESS = "is a key with no name; to run on a whole file: headwater import kratos-config FILE"
WHOLE_LIST = "GET /api/identity-config.schema.json has them all"

# What a kind of error knows beyond its name differs from kind to kind: hence Any.
Describe = Callable[[str, Any, Any, Node], ConfigProblem]


def pointer(steps: Collection[str | int]) -> str:
    """Return the JSON pointer of a place, its keys shortened where somebody sent a book."""
    return "".join("/" + escape(short(str(step), LONGEST_KEY)) for step in steps) or "/"


def short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def problem(path: str, detail: Any, value: Any, node: Node) -> ConfigProblem:
    """Return the refusal of `value` at `path`; `node` is what the schema says of that place, `detail` what was hurt."""
    describe = DESCRIPTIONS.get(detail.name)
    if describe is None:
        return problems.problem(path, "isn't what may stand there")
    return describe(path, detail, value, node)


def unknown_key(steps: Sequence[str | int], *, allowed: Collection[str]) -> ConfigProblem:
    """Return the refusal of the key that `steps` lead to; what was meant stands here, or somewhere else altogether."""
    path, name = pointer(steps), short(str(steps[-1]), LONGEST_KEY)
    if not name:
        return problems.problem(path, NAMELESS)
    listed = ", ".join(sorted(allowed)) if len(allowed) <= MOST_NAMED else WHOLE_LIST
    elsewhere = _elsewhere(name, steps[:-1])
    return _unknown(path, name, what="key", allowed=allowed, listed=listed or "none", elsewhere=elsewhere)


def missing(path: str, node: Node) -> ConfigProblem:
    """Return the refusal of an object that lacks what stands at `path`."""
    wanted = _wanted(node)
    return problems.problem(path, f"is missing; it must be {wanted}", allowed=wanted)


def _unknown(
    path: str, name: str, *, what: str, allowed: Collection[str], listed: str, elsewhere: str = ""
) -> ConfigProblem:
    """`elsewhere` is said where no allowed name is close."""
    close = difflib.get_close_matches(name, allowed, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else elsewhere
    reason = f"is an unknown {what}"
    message = f"{path} {reason}: {name!r}.{hint} Allowed: {listed}."
    return ConfigProblem(message, path=path, reason=reason, found=name, nearest=close[0] if close else None)


def _elsewhere(name: str, holder: Sequence[str | int]) -> str:
    """Say where a key of that name belongs: deeper in the same object, or in another one."""
    deeper = [(*holder, *steps[:-1]) for steps, _ in keys.every(keys.at(holder)) if steps[-1] == name]
    for found in (deeper, keys.HOLDERS.get(name, [])):
        if 0 < len(found) <= MOST_PLACES and tuple(holder) not in found:
            return f" It belongs to {' or to '.join(map(pointer, found))}."
    return ""


def _type(path: str, _detail: Any, value: Any, node: Node) -> ConfigProblem:
    wanted, found = _wanted(node), _found(value, node)
    more = f"; {REMOVE}" if value is None else ""
    return problems.problem(path, f"must be {wanted}, not {found}{more}", found=found, allowed=wanted)


def _wanted(node: Node) -> str:
    if EXPECTED in node:
        return str(node[EXPECTED])
    if "enum" in node:
        return f"one of {', '.join(node['enum'])}"
    named = node["type"]
    types = named if isinstance(named, list) else [named]
    return " or ".join(TYPES[str(each)] for each in types)


def _found(value: Any, node: Node) -> str:
    found = NAMES.get(type(value), "something else")
    is_said = node.get("type") in ("boolean", "integer") and not node.get(SECRET)
    return f"{found} ({_quoted(value)})" if is_said and isinstance(value, str | float | int) else found


def _quoted(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        return "a number with very many digits"
    return short(repr(value) if isinstance(value, str) else str(value).lower(), LONGEST_VALUE)


def _enum(path: str, _detail: Any, value: Any, node: Node) -> ConfigProblem:
    if not isinstance(value, str):
        return _type(path, None, value, node)
    name, advice = short(value, LONGEST_VALUE), node.get(ADVICE)
    listed = ", ".join(sorted(node["enum"])) + (f". {advice}" if advice else "")
    return _unknown(path, name, what=node["title"], allowed=node["enum"], listed=listed)


def _bounds(path: str, _detail: Any, value: Any, node: Node) -> ConfigProblem:
    least, most = node.get("minimum"), node.get("maximum")
    wanted = f"between {least} and {most}" if most is not None else f"at least {least}"
    return problems.problem(path, f"must be {wanted}, not {_quoted(value)}", found=_quoted(value), allowed=wanted)


def _pattern(path: str, _detail: Any, value: Any, node: Node) -> ConfigProblem:
    found = _quoted(value)
    return problems.problem(path, f"must be {node[EXPECTED]}, not {found}", found=found, allowed=node[EXPECTED])


def _length(path: str, detail: Any, value: str, node: Node) -> ConfigProblem:
    wanted = f"{node[EXPECTED]}, of at most" if EXPECTED in node else "a text of at most"
    return problems.problem(path, f"must be {wanted} {detail.limit} characters, not of {len(value)}")


def _few(path: str, detail: Any, value: list[Any], _node: Node) -> ConfigProblem:
    return problems.problem(path, f"must be a list with at least {detail.limit}, not with {len(value)}")


def _many(path: str, detail: Any, value: list[Any], _node: Node) -> ConfigProblem:
    return problems.problem(path, f"holds {len(value)}; at most {detail.limit} are possible")


DESCRIPTIONS: dict[str, Describe] = {
    "type": _type,
    "enum": _enum,
    "minimum": _bounds,
    "maximum": _bounds,
    "pattern": _pattern,
    "maxLength": _length,
    "minItems": _few,
    "maxItems": _many,
}
