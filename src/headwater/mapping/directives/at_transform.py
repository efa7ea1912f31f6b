"""`@transform`: a mapping of what another mapping made of the event."""

from typing import Any

from headwater.mapping.directives import operands, problems
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import OBJECT_OR_DIRECTIVE, fields
from headwater.mapping.directives.run import type_name

RULE = fields({"apply": OBJECT_OR_DIRECTIVE, "mapping": OBJECT_OR_DIRECTIVE})
NOTHING = "has a mapping that gives nothing"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part. `apply` is a mapping of its own, with a root directive if it likes."""
    given = operands.options(value, place)
    mapping = operands.needed(given, "mapping", place)
    apply = operands.needed(given, "apply", place)
    if not isinstance(apply, dict):
        raise problems.misfit((*place, "apply"), found=type_name(apply), allowed=OBJECT_OR_DIRECTIVE.allowed)
    first = builder.whole(apply, (*place, "apply"))
    second = builder.part(mapping, (*place, "mapping"))
    return lambda payload, run: second(first(payload, run), run)
