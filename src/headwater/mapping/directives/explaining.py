"""For a dry run: what a mapping makes of an event, and why keys are missing from it."""

from dataclasses import dataclass, field
from typing import Any

from headwater.core.clock import Clock
from headwater.mapping.directives import at_template, documents, marks, problems, table
from headwater.mapping.directives.compiler import Compiler
from headwater.mapping.directives.mapping import Mapping
from headwater.mapping.directives.parts import Part
from headwater.mapping.directives.places import Place, pointer
from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import UNDEFINED
from headwater.mapping.evaluation import MappingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A key of the mapping that the output doesn't have, or a hole in a text of it."""

    field: str
    """The JSON pointer of the key in the mapping."""
    because: tuple[str, ...]
    """Each directive that gave nothing, with its place, in the order in which they were tried."""
    is_left_out: bool
    """Whether the key is missing altogether; otherwise its text has nothing where a value should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What became of one event."""

    output: Any
    """The payload, UNDEFINED, or None when the mapping failed."""
    failure: MappingError | None = None
    missing: tuple[Missing, ...] = ()


@dataclass(slots=True)
class _Notes:
    missing: list[Missing] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    """What gave nothing since the last key was settled; a key that has a value after all forgets them."""


def explain(document: Any, event: Any, *, clock: Clock | None = None) -> Explanation:
    """Return what `document` makes of `event`, as `Mapping.apply` would. Raises BadMappingError."""
    watcher = _Watcher()
    mapping = Mapping(watcher.top(documents.read(document)), clock=clock)
    try:
        output = mapping.apply(event)
    except MappingError as failure:
        return Explanation(output=None, failure=failure, missing=tuple(watcher.notes.missing))
    if output is UNDEFINED:
        watcher.settle(0, ())
    return Explanation(output=output, missing=tuple(watcher.notes.missing))


class _Watcher(Compiler):
    """Builds the same parts, each with an eye on it."""

    def __init__(self) -> None:
        self.notes = _Notes()

    def directive(self, value: dict[str, Any], place: Place) -> Part:
        part = super().directive(value, place)
        name = marks.name_of(value)
        operand, where = value[name], (*place, name)
        cause = f"{pointer(where)}: {_said(name, operand)} {table.DIRECTIVES[name].NOTHING}"

        def watched(payload: Any, run: Run) -> Any:
            found = part(payload, run)
            if found is UNDEFINED:
                self.notes.causes.append(cause)
            elif name == "@template":
                self._note_holes(at_template.holes(operand, payload), place, where)
            return found

        return watched

    def member(self, value: Any, place: Place) -> Part:
        part = super().member(value, place)

        def watched(payload: Any, run: Run) -> Any:
            start = len(self.notes.causes)
            found = part(payload, run)
            if found is UNDEFINED:
                self.settle(start, place)
            else:
                del self.notes.causes[start:]
            return found

        return watched

    def settle(self, start: int, place: Place) -> None:
        """Note that what stands at `place` gave nothing, and why."""
        causes = tuple(self.notes.causes[start:])
        del self.notes.causes[start:]
        self.notes.missing.append(Missing(field=pointer(place), because=causes, is_left_out=True))

    def _note_holes(self, holes: list[str], place: Place, where: Place) -> None:
        if holes:
            causes = tuple(f"{pointer(where)}: {{{{{problems.short(hole)}}}}} is nothing here" for hole in holes)
            self.notes.missing.append(Missing(field=pointer(place), because=causes, is_left_out=False))


def _said(name: str, operand: Any) -> str:
    return problems.short(operand) if isinstance(operand, str) else name
