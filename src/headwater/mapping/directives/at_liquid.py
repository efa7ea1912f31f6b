"""`@liquid`: a text by a Liquid template, whose names are the event's.

Segment runs LiquidJS, with its loops and a third of its filters switched off. This is our own reader of what is left:
each value, comparison and filter has to be JavaScript's, for which no library of Python helps (the one that is well
kept takes 36 MB and half a second to load), and without loops a template can't run away: what it does is bounded by
its 1,000 characters and the run's own bounds. It needs no process of its own.
"""

from typing import Any

from headwater.mapping.directives import problems
from headwater.mapping.directives.liquid import blocks, tags
from headwater.mapping.directives.liquid.frame import Frame
from headwater.mapping.directives.liquid.scanner import TemplateError
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import PLAIN_TEXT
from headwater.mapping.directives.run import Run, type_name
from headwater.mapping.directives.values import length

RULE = PLAIN_TEXT
NOTHING = "gives a text, always"
LONGEST = 1000


def build(value: Any, place: Place, _builder: Builder) -> Part:
    """Return the part. Raises BadMappingError for a template that can't be read."""
    if not isinstance(value, str):
        raise problems.misfit(place, found=type_name(value), allowed="a text")
    if length(value) > LONGEST:
        raise problems.misfit(place, found=f"one of {length(value)}", allowed=f"a text of up to {LONGEST} characters")
    try:
        nodes = tags.parse(value)
    except TemplateError as error:
        raise problems.problem(place, f"can't be read as Liquid: {error}") from None
    except RecursionError:
        raise problems.problem(place, "can't be read as Liquid: it is nested too deeply") from None

    def rendered(payload: Any, run: Run) -> Any:
        return blocks.render(nodes, Frame(payload, run, place))

    return rendered
