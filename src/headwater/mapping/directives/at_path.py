"""`@path`: a value of the event."""

from typing import Any

from headwater.mapping.directives import operands, paths
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import TEXT_OR_DIRECTIVE
from headwater.mapping.directives.run import Run

RULE = TEXT_OR_DIRECTIVE
NOTHING = "leads nowhere in this event"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part of a path that is written down, or given by a directive."""
    if isinstance(value, str):
        return _read(paths.steps(paths.from_root(value)))
    path = operands.text(value, place, builder)
    return lambda payload, run: paths.read(payload, paths.steps(paths.from_root(path(payload, run))))


def _read(steps: paths.Steps) -> Part:
    def read(payload: Any, _run: Run) -> Any:
        return paths.read(payload, steps)

    return read
