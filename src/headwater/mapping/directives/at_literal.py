"""`@literal`: a value as it stands; directives inside it still run."""

from typing import Any

from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import UNREAD

RULE = UNREAD
NOTHING = "holds a directive that gives nothing"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part of the value."""
    return builder.part(value, place)
