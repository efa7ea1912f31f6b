"""`{{ path }}` and `{{{ path }}}` in a template. Found without regular expressions: event text may be searched."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from headwater.mapping.directives import paths, texts
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import WHITESPACE, is_nothing

TRIPLE = 3
DOUBLE = 2


class Placeholder(NamedTuple):
    """One placeholder: where it starts and ends, and the path in it."""

    start: int
    end: int
    path: str


def find(template: str, braces: int) -> Iterator[Placeholder]:
    """Return the placeholders with that many braces, in their order. The time is that of reading the text once.

    All starts before a `}` end there or nowhere, since a path holds none: the leftmost is it.
    """
    opening, closing = "{" * braces, "}" * braces
    at = template.find(opening)
    while at >= 0:
        end = template.find("}", at)
        if end < 0:
            return
        start = at + braces
        if end > start and template.startswith(closing, end):
            yield Placeholder(at, end + braces, template[start:end].strip(WHITESPACE))
            at = template.find(opening, end + braces)
        else:
            at = template.find(opening, end + 1)


def replace(template: str, braces: int, payload: Any, run: Run, place: Place) -> str:
    """Return `template` with its placeholders replaced: null and undefined by nothing, the rest by its text."""
    pieces: list[str] = []
    at = size = 0
    for found in find(template, braces):
        value = paths.read(payload, paths.steps(found.path))
        written = "" if is_nothing(value) else texts.write(value, run, place)
        pieces += (template[at : found.start], written)
        size += found.start - at + len(written)
        run.spend_text(size)
        at = found.end
    return "".join(pieces) + template[at:]


def render(template: str, payload: Any, run: Run, place: Place) -> str:
    """Return the text. What `{{{ }}}` put in is searched for `{{ }}` again, as Segment does."""
    return replace(replace(template, TRIPLE, payload, run, place), DOUBLE, payload, run, place)
