"""`@template`: a text with values of the event in it. Always a text, whatever the values are."""

from typing import Any

from headwater.mapping.directives import operands, paths, placeholders, texts
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import TEXT_OR_DIRECTIVE
from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import is_nothing

RULE = TEXT_OR_DIRECTIVE
NOTHING = "gives a text, always"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part of a template that is written down, or given by a directive."""
    if isinstance(value, str) and next(placeholders.find(value, placeholders.TRIPLE), None) is None:
        return _Written(value, place)
    template = operands.text(value, place, builder)
    return lambda payload, run: placeholders.render(template(payload, run), payload, run, place)


class _Written:
    """A template read once: texts, and between them the paths of values."""

    def __init__(self, template: str, place: Place) -> None:
        self._place = place
        self._holes: list[tuple[str, paths.Steps]] = []
        at = 0
        for found in placeholders.find(template, placeholders.DOUBLE):
            self._holes.append((template[at : found.start], paths.steps(found.path)))
            at = found.end
        self._rest = template[at:]

    def __call__(self, payload: Any, run: Run) -> Any:
        pieces: list[str] = []
        for before, steps in self._holes:
            value = paths.read(payload, steps)
            pieces += (before, "" if is_nothing(value) else texts.write(value, run, self._place))
        pieces.append(self._rest)
        run.spend_text(sum(map(len, pieces)))
        return "".join(pieces)


def holes(value: Any, payload: Any) -> list[str]:
    """Return the paths of a written template that give nothing, for a dry run."""
    if not isinstance(value, str):
        return []
    found = [*placeholders.find(value, placeholders.TRIPLE), *placeholders.find(value, placeholders.DOUBLE)]
    return [one.path for one in found if is_nothing(paths.read(payload, paths.steps(one.path)))]
