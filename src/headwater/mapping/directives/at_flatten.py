"""`@flatten`: objects in objects as one object, its keys joined by a separator."""

from typing import Any

from headwater.mapping.directives import flattening, marks, operands, problems
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import ANY, PLAIN_TEXT, fields
from headwater.mapping.directives.run import Run, failed, type_name
from headwater.mapping.directives.values import UNDEFINED, is_truthy

RULE = fields({"value": ANY}, {"separator": PLAIN_TEXT, "omitArrays": ANY})
NOTHING = "gives an object, always"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part."""
    given = operands.options(value, place)
    separator = operands.needed(given, "separator", place)
    is_fixed = not (isinstance(separator, dict) and marks.is_directive(separator))
    if is_fixed and not isinstance(separator, str):
        raise problems.misfit((*place, "separator"), found=type_name(separator), allowed="a text")
    joint = builder.part(separator, (*place, "separator"))
    part = builder.part(given.get("value", UNDEFINED), (*place, "value"))
    is_omitting_lists = is_truthy(given.get("omitArrays"))

    def flat(payload: Any, run: Run) -> Any:
        text = joint(payload, run)
        if not isinstance(text, str):
            raise failed((*place, "separator"), f"must be a text, not {type_name(text)}")
        return flattening.flatten(part(payload, run), text, run, is_omitting_lists=is_omitting_lists)

    return flat
