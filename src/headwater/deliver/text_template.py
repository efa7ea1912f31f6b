"""A line of text with holes for an event: `{{name}} did {{event}}`. Pure.

Holes are written as in Segment's `@template`: `{{ path.to.value }}`, with two braces or three; what isn't there leaves
nothing behind. An object is written out as lines of `key: value`, where JavaScript would say `[object Object]`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

HOLE = re.compile(r"\{\{\{?([^{}]*)\}?\}\}")

_encoder = msgspec.json.Encoder()


def filled(template: str, scope: Mapping[str, Any], *, escape: Callable[[str], str] = str) -> str:
    """Return `template` with what `scope` has at each path, through `escape`. Its own text stays as it is."""
    return HOLE.sub(lambda hole: escape(_text(_found(scope, hole[1].strip()))), template)


def _found(scope: Any, path: str) -> Any:
    value = scope
    for key in path.removeprefix("$.").split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_scalar(one)}" for key, one in value.items() if one is not None)
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _encoder.encode(value).decode()
