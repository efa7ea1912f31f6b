"""`@merge`: several objects as one. To the right the later one wins, to the left the earlier one."""

from typing import Any

from headwater.mapping.directives import operands, problems
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import LIST, OBJECT_OR_DIRECTIVE, Rule, fields, one_of
from headwater.mapping.directives.run import Run, type_name
from headwater.mapping.directives.values import entries, units

OBJECTS = Rule(allowed="a list of objects and directives", kinds=frozenset({LIST}), each=OBJECT_OR_DIRECTIVE)
RULE = fields({"objects": OBJECTS}, {"direction": one_of("left", "right")})
NOTHING = "gives an object, always"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part. Every direction but `left` is to the right."""
    given = operands.options(value, place)
    direction = builder.part(operands.needed(given, "direction", place), (*place, "direction"))
    objects = operands.needed(given, "objects", place)
    if not isinstance(objects, list):
        raise problems.misfit((*place, "objects"), found=type_name(objects), allowed=OBJECTS.allowed)
    parts = [builder.part(one, (*place, "objects", str(index))) for index, one in enumerate(objects)]

    def merged(payload: Any, run: Run) -> Any:
        is_to_the_left = direction(payload, run) == "left"
        found = [part(payload, run) for part in parts]
        result: dict[str, Any] = {}
        for one in reversed(found) if is_to_the_left else found:
            result.update(_own(one, run))
        return result

    return merged


def _own(value: Any, run: Run) -> dict[str, Any]:
    """Return what Object.assign takes of `value`: of lists and texts the items, of anything else nothing."""
    if isinstance(value, str):
        value = units(value)
    if not isinstance(value, dict | list):
        return {}
    run.spend(1 + len(value))
    return value if isinstance(value, dict) else dict(entries(value))
