"""A place inside a JSON document, written as the `ory` CLI's users write it: `a.b.0.c`, `list.#`, `list.#.key`."""

import re
from typing import Any

EACH = "#"
_LABEL = re.compile(r"((?:[^.\\]|\\.)*)(?:\.|$)", re.DOTALL)

# What `find` returns when nothing is there: null is a value like any other.
ABSENT = object()


def find(document: Any, path: str) -> Any:
    r"""Return what is at `path`, or ABSENT. `#` alone is a list's length, `#.key` each item's; `\.` is a plain dot."""
    return _walk(document, _labels(path))


def _labels(path: str) -> list[str]:
    labels = [re.sub(r"\\(.)", r"\1", match.group(1)) for match in _LABEL.finditer(path)]
    return labels[:-1] if not path.endswith(".") and labels and labels[-1] == "" else labels


def _walk(value: Any, labels: list[str]) -> Any:
    if not labels:
        return value
    label, rest = labels[0], labels[1:]
    if isinstance(value, dict) and label in value:
        return _walk(value[label], rest)
    if isinstance(value, list) and label == EACH:
        return _each(value, rest)
    if isinstance(value, list) and label.isdecimal() and int(label) < len(value):
        return _walk(value[int(label)], rest)
    return ABSENT


def _each(items: list[Any], rest: list[str]) -> Any:
    if not rest:
        return len(items)
    return [found for item in items if (found := _walk(item, rest)) is not ABSENT]
