"""Does what came fit what was expected? Where not, which keys differ. Pure.

An expected dict is a subset, at every depth; a list is as long as it is. A value is a plain one, a type, a compiled
pattern (searched for in text), a function that says yes, or anything that compares equal (`pytest.approx`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


# Expected of a key that must not be there; found where a key is missing.
ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """At `path` (`properties.items[0].sku`) `expected` was expected and `actual` there."""

    path: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        if self.actual is ABSENT:
            return f"{self.path}: expected {shown(self.expected)}, is missing"
        return f"{self.path}: expected {shown(self.expected)}, was {shown(self.actual)}"


def differences(expected: Any, actual: Any, *, path: str = "") -> list[Difference]:
    """Return what differs, leaf by leaf; empty where `actual` fits."""
    if isinstance(expected, Mapping) and (isinstance(actual, Mapping) or actual is ABSENT):
        return list(_of_mappings(expected, actual, path))
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [found for n, (one, other) in pairs for found in differences(one, other, path=f"{path}[{n}]")]
    return [] if fits(expected, actual) else [Difference(path or "it", expected, actual)]


def fits(expected: Any, actual: Any) -> bool:
    """Tell whether one value fits another that is neither dict nor list on both sides."""
    if expected is ABSENT or actual is ABSENT:
        return expected is actual
    if isinstance(expected, type):
        return _is_a(expected, actual)
    if isinstance(expected, re.Pattern):
        return isinstance(actual, str) and expected.search(actual) is not None
    if isinstance(actual, bool) is not isinstance(expected, bool) and isinstance(expected, int | float):
        return False  # 1 is no true in JSON
    return bool(expected == actual) or (callable(expected) and bool(expected(actual)))


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    if isinstance(value, type):
        return f"any {value.__name__}"
    if isinstance(value, re.Pattern):
        return f"text like /{value.pattern}/"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {shown(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return f"what {_name(value)} says yes to" if callable(value) else repr(value)


def _of_mappings(expected: Mapping[str, Any], actual: Any, path: str) -> Iterator[Difference]:
    for key, one in expected.items():
        there = ABSENT if actual is ABSENT else actual.get(key, ABSENT)
        yield from differences(one, there, path=f"{path}.{key}" if path else str(key))
    if not expected and actual is ABSENT:
        yield Difference(path or "it", expected, actual)


def _is_a(expected: type, actual: Any) -> bool:
    if isinstance(actual, bool) and expected in (int, float):
        return False
    return isinstance(actual, expected) or (expected is float and isinstance(actual, int)) or expected == actual


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", None) or repr(function)
