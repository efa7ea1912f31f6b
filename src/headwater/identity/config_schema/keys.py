"""The keys that the schema knows, as a tree: `*` stands for a number, or for a name that the operator chooses. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from headwater.identity.config_schema.nodes import Node
from headwater.identity.config_schema.whole import SCHEMA

ANY = "*"
Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One place. `node` is all that the schema says of it, `following` the places below, by their last step."""

    node: Node
    following: dict[str, "Key"] = field(default_factory=dict)

    def below(self, step: str) -> "Key | None":
        """Return the place one step further, None where the schema knows none."""
        return self.following.get(step) or self.following.get(ANY)


def tree(node: Node) -> Key:
    """Return the place that `node`, a part of the schema, describes."""
    return _key([node])


def every(root: Key, steps: Steps = ()) -> Iterator[tuple[Steps, Key]]:
    """Yield each place below `root`, in the order of the schema."""
    for step, key in root.following.items():
        yield (*steps, step), key
        yield from every(key, (*steps, step))


def at(steps: Iterable[str | int]) -> Key:
    """Return the place that `steps` lead to. Raises KeyError where the schema knows none."""
    key = ROOT
    for step in steps:
        below = key.below(str(step))
        if below is None:
            raise KeyError(step)
        key = below
    return key


def _resolved(node: Node) -> Node:
    """Return the node itself for a reference to it; what stands beside the reference wins."""
    if "$ref" not in node:
        return node
    target: Node = SCHEMA["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return {**target, **{key: value for key, value in node.items() if key != "$ref"}}


def _key(alternatives: Sequence[Node]) -> Key:
    """Make one place of what the schema says of it in several, such as for each name of a hook."""
    parts = [part for node in alternatives for part in _parts(node)]
    following: dict[str, list[Node]] = {}
    for part in parts:
        for step, child in part.get("properties", {}).items():
            following.setdefault(step, []).append(child)
        for word in ("items", "additionalProperties"):
            if isinstance(part.get(word), dict):
                following.setdefault(ANY, []).append(part[word])
    node: Node = {}
    for part in reversed(parts):
        node |= part
    return Key(node=node, following={step: _key(children) for step, children in following.items()})


def _parts(node: Node) -> Iterator[Node]:
    whole = _resolved(node)
    yield whole
    for rule in whole.get("allOf", ()):
        yield from _parts(rule["then"])


def _holders(root: Key) -> dict[str, list[Steps]]:
    found: dict[str, list[Steps]] = {}
    for steps, _ in every(root):
        found.setdefault(steps[-1], []).append(steps[:-1])
    return found


ROOT = tree(SCHEMA)
# Where each key can stand, by its name.
HOLDERS = _holders(ROOT)
