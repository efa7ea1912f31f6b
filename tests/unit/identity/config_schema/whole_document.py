"""A document that holds every key of the schema, and remembers which of them anybody asked for."""

from collections.abc import Iterator
from typing import Any

from headwater.identity.config_schema.keys import ANY, Key, Steps


class Noted(dict):
    """An object that notes who was asked for, in one set for the whole document."""

    def __init__(self, members: dict[str, Any], *, steps: Steps, asked: set[Steps]) -> None:
        super().__init__(members)
        self._steps = steps
        self._asked = asked

    def get(self, key: str, default: Any = None) -> Any:
        self._asked.add((*self._steps, key))
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._asked.add((*self._steps, key))
        return super().__getitem__(key)

    def items(self) -> Any:
        self._asked.update((*self._steps, key) for key in self)
        return super().items()

    def values(self) -> Any:
        self._asked.update((*self._steps, key) for key in self)
        return super().values()


class Choice:
    """What goes into one document where not everything can: whose ends of paths are `without`, or have a `value`."""

    def __init__(self, *, without: frozenset[Steps] = frozenset(), values: dict[Steps, Any] | None = None) -> None:
        self.without = without
        self.values = values or {}
        self.asked: set[Steps] = set()

    def leaves_out(self, steps: Steps) -> bool:
        return any(steps[-len(end) :] == end for end in self.without)

    def value_or(self, steps: Steps, otherwise: Any) -> Any:
        found = (value for end, value in self.values.items() if steps[-len(end) :] == end)
        return next(found, otherwise)


def whole(key: Key, choice: Choice, steps: Steps = ()) -> Any:
    """Return a value that holds all that `key` knows, as far as `choice` lets it."""
    node = key.node
    kind = node["type"][0] if isinstance(node.get("type"), list) else node.get("type")
    if kind == "object":
        return Noted(dict(_members(key, choice, steps)), steps=steps, asked=choice.asked)
    if kind == "array":
        if ANY not in key.following:
            return []
        return [whole(key.following[ANY], choice, (*steps, ANY))]
    listed = (
        node.get("examples")
        or node.get("enum")
        or [{"boolean": False, "integer": node.get("minimum", 0)}.get(kind, "")]
    )
    return choice.value_or(steps, node.get("default", listed[0]) if "examples" not in node else listed[0])


def _members(key: Key, choice: Choice, steps: Steps) -> Iterator[tuple[str, Any]]:
    for step, below in key.following.items():
        place = (*steps, step)
        if not choice.leaves_out(place):
            yield ("Any" if step == ANY else step), whole(below, choice, place)
