"""What directives are given: a text, an object of options. What would fail with every event is refused at once."""

from typing import Any

from headwater.mapping.directives import marks, problems
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.run import Run, failed, type_name
from headwater.mapping.directives.values import is_truthy


def options(value: Any, place: Place) -> dict[str, Any]:
    """Return a directive's object. Raises BadMappingError."""
    if not isinstance(value, dict):
        raise problems.misfit(place, found=type_name(value), allowed="an object")
    return value


def needed(given: dict[str, Any], name: str, place: Place) -> Any:
    """Return an option that Segment throws without. Raises BadMappingError."""
    if name not in given:
        raise problems.problem((*place, name), "is missing: Segment fails without it, with every event")
    if not is_truthy(given[name]):
        raise problems.problem((*place, name), "is empty: Segment fails with it, with every event")
    return given[name]


def text(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part of a text that is written down, or given by a directive. Raises BadMappingError."""
    if not (isinstance(value, str) or (isinstance(value, dict) and marks.is_directive(value))):
        raise problems.misfit(place, found=type_name(value), allowed="a text or a directive")
    part = builder.part(value, place)

    def checked(payload: Any, run: Run) -> Any:
        found = part(payload, run)
        if not isinstance(found, str):
            raise failed(place, f"must be given a text, not {type_name(found)}")
        run.spend_text(len(found))
        return found

    return checked
