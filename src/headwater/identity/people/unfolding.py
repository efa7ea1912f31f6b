"""How often a schema's parts unfold: at how many of them the engine looks for one value. Pure.

A few kilobytes of parts that name each other often enough keep it busy for minutes, with anybody's form; six that go
round in a circle at one value are enough. Circles through what is in a value, as trees have them, end with the value.
"""

from collections.abc import Iterable
from typing import Any

from headwater.identity.people.bounds import MAX_DEPTH
from headwater.identity.people.fields import resolve

MOST = 1_000  # a hundred times what schemas have

# Keywords whose schemas are for the value itself, and those whose schemas are for what is in it.
LISTS_AT_IT, ONES_AT_IT, NAMED_AT_IT = ("allOf", "anyOf", "oneOf"), ("not", "if", "then", "else"), ("dependencies",)
ONES_IN_IT, NAMED_IN_IT = ("items", "additionalItems", "contains", "additionalProperties"), ("patternProperties",)


def most(document: dict[str, Any]) -> int:
    """Return at how many parts the engine looks for one value at most; MOST + 1 for more, or for parts without end."""
    try:
        return _Counter(document).of(document, depth=MAX_DEPTH)
    except RecursionError:
        return MOST + 1


class _Counter:
    """Counts each part once for each depth that a value may have."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._known: dict[tuple[int, int], int] = {}

    def of(self, raw: Any, *, depth: int) -> int:
        part = resolve(raw, self._document)
        if not part or depth == 0:
            return 1
        place = id(part), depth
        if place not in self._known:
            self._known[place] = MOST + 1  # if it comes back to itself at one value
            self._known[place] = min(self._counted(part, depth=depth), MOST + 1)
        return self._known[place]

    def _counted(self, part: dict[str, Any], *, depth: int) -> int:
        at_it = sum(self.of(one, depth=depth) for one in _at_it(part))
        in_it = sum(self.of(one, depth=depth - 1) for one in _in_it(part))
        properties = part.get("properties")
        named = properties.values() if isinstance(properties, dict) else ()
        return 1 + at_it + in_it + max((self.of(one, depth=depth - 1) for one in named), default=0)


def _at_it(part: dict[str, Any]) -> Iterable[Any]:
    for keyword in LISTS_AT_IT:
        yield from _listed(part.get(keyword))
    yield from (part[keyword] for keyword in ONES_AT_IT if keyword in part)
    for keyword in NAMED_AT_IT:
        yield from _named(part.get(keyword))


def _in_it(part: dict[str, Any]) -> Iterable[Any]:
    yield from (part[keyword] for keyword in ONES_IN_IT if isinstance(part.get(keyword), dict))
    yield from _listed(part.get("items"))
    for keyword in NAMED_IN_IT:
        yield from _named(part.get(keyword))


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _named(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else ()
