"""`@case`: a text in lower or upper case; anything else as it is."""

from typing import Any

from headwater.mapping.directives import operands
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import PLAIN_TEXT, TEXT_OR_DIRECTIVE, fields
from headwater.mapping.directives.run import Run, failed
from headwater.mapping.directives.values import UNDEFINED, is_truthy

RULE = fields({}, {"operator": PLAIN_TEXT, "value": TEXT_OR_DIRECTIVE})
NOTHING = "has no value"
_CASES = {"lower": str.lower, "upper": str.upper}


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part. An unknown operator fails with texts only, as in Segment."""
    given = operands.options(value, place)
    operator = operands.needed(given, "operator", place)
    if not is_truthy(given.get("value")):
        return lambda _payload, _run: UNDEFINED
    part = builder.part(given["value"], (*place, "value"))
    change = _CASES.get(operator) if isinstance(operator, str) else None

    def changed(payload: Any, run: Run) -> Any:
        found = part(payload, run)
        if not isinstance(found, str):
            return found
        if change is None:
            raise failed((*place, "operator"), "must be lower or upper")
        run.spend_text(len(found))
        return change(found)

    return changed
