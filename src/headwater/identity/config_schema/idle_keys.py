"""Keys that the schema knows and nothing here follows: kept, with a word. Pure."""

from collections.abc import Iterator
from typing import Any

from headwater.actions.problems import ConfigWarning
from headwater.identity.config import doubts
from headwater.identity.config_schema import keys, misfits
from headwater.identity.config_schema.keys import Key
from headwater.identity.config_schema.nodes import WITHOUT_EFFECT

CODE = "key_without_effect"
MOST_PATHS = 5
EMPTY: tuple[Any, ...] = (None, False, "", [])
# `doubts` has more to say of these.
TOLD_ELSEWHERE = frozenset(
    {("selfservice", "methods", "oidc"), *(("selfservice", "methods", name) for name in doubts.LATER)}
)

Steps = tuple[str | int, ...]


def find(document: dict[str, Any]) -> Iterator[ConfigWarning]:
    """Yield one warning for all the keys that have the same reason; what says as much as its absence needs none."""
    paths: dict[str, list[str]] = {}
    for steps, advice in _idle(document, keys.ROOT, ()):
        paths.setdefault(advice, []).append(misfits.pointer(steps))
    for advice, found in paths.items():
        more = f", and {len(found) - MOST_PATHS} more" if len(found) > MOST_PATHS else ""
        message = f"{', '.join(found[:MOST_PATHS])}{more}: kept, and without effect here; {advice}."
        yield ConfigWarning(code=CODE, message=message)


def _idle(value: Any, key: Key, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if steps in TOLD_ELSEWHERE:
        return
    if WITHOUT_EFFECT in key.node:
        if not _says_nothing(value, key):
            yield steps, key.node[WITHOUT_EFFECT]
        return
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in inner:
        below = key.below(str(step))
        if below is not None:
            yield from _idle(child, below, (*steps, step))


def _says_nothing(value: Any, key: Key) -> bool:
    """Tell whether it is what would hold without it: exports of Ory Network name every flag that is off."""
    if isinstance(value, dict):
        members = ((child, key.below(str(step))) for step, child in value.items())
        return all(below is not None and _says_nothing(child, below) for child, below in members)
    return value in EMPTY or value == key.node.get("default")
