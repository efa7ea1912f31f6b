"""`@liquid`: a text by a Liquid template."""

from typing import Any

from headwater.mapping.directives import problems
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import PLAIN_TEXT

RULE = PLAIN_TEXT
NOTHING = "gives a text, always"


def build(_value: Any, place: Place, _builder: Builder) -> Part:
    """Return the part: this release has none yet."""
    raise problems.problem(place, "is not supported yet")
