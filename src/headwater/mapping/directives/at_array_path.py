"""`@arrayPath`: a list of the event, each of its items given another shape. In the shape, paths start at the item."""

from typing import Any

from headwater.mapping.directives import paths, problems
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import LIST, TEXT_OR_DIRECTIVE, WELL_FORMED, Rule
from headwater.mapping.directives.run import Run, type_name
from headwater.mapping.directives.values import UNDEFINED

RULE = Rule(
    allowed="a list of a path and, perhaps, the shape of an item",
    kinds=frozenset({LIST}),
    first=(TEXT_OR_DIRECTIVE, WELL_FORMED),
)
NOTHING = "leads nowhere in this event"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part. One object counts as a list of one; anything else is passed on as it is."""
    if not isinstance(value, list):
        raise problems.misfit(place, found=type_name(value), allowed=RULE.allowed)
    root = _root(value[0], (*place, "0"), builder) if value else _undefined
    shape = value[1] if len(value) > 1 else None
    if not (isinstance(shape, dict) and shape):
        return root
    item_part = builder.part(shape, (*place, "1"))

    def shaped(payload: Any, run: Run) -> Any:
        found = root(payload, run)
        if isinstance(found, dict):
            return [item_part(found, run)]
        return [item_part(item, run) for item in found] if isinstance(found, list) else found

    return shaped


def _root(value: Any, place: Place, builder: Builder) -> Part:
    if not isinstance(value, str):
        return builder.part(value, place)
    steps = paths.steps(paths.from_root(value))
    return lambda payload, _run: paths.read(payload, steps)


def _undefined(_payload: Any, _run: Run) -> Any:
    return UNDEFINED
