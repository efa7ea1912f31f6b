"""`@excludeWhenNull`: null is left out, here and in the objects below; nulls in lists stay."""

from typing import Any

from headwater.mapping.directives import cleaning
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import UNREAD
from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import UNDEFINED

RULE = UNREAD
NOTHING = "was null, or nothing"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part."""
    part = builder.part(value, place)

    def excluded(payload: Any, run: Run) -> Any:
        found = part(payload, run)
        return UNDEFINED if found is None else cleaning.without_null(found, run)

    return excluded
