"""From what a mapping says to the parts that do it."""

from collections.abc import Callable
from typing import Any

from headwater.mapping.directives import check, cleaning, marks, problems, root, table
from headwater.mapping.directives.parts import Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.run import Run, failed, type_name
from headwater.mapping.directives.values import UNDEFINED


class Compiler:
    """Implements `parts.Builder`."""

    def top(self, document: dict[str, Any], place: Place = ()) -> Part:
        """Return the part of a whole mapping, checked. Raises BadMappingError."""
        unfolded, inside = root.unfold(document, place)
        check.whole(unfolded, inside)
        return _of_objects(self.part(unfolded, inside), place)

    def whole(self, document: dict[str, Any], place: Place) -> Part:
        """Return the part of a mapping inside a mapping: what it leaves undefined isn't there for the outer one."""
        top = self.top(document, place)

        def clean_output(payload: Any, run: Run) -> Any:
            return cleaning.without_undefined(top({} if payload is UNDEFINED else payload, run), run)

        return clean_output

    def part(self, value: Any, place: Place) -> Part:
        """Return what gives the value of anything in a mapping."""
        if isinstance(value, dict):
            return self.directive(value, place) if marks.is_directive(value) else self._object(value, place)
        if isinstance(value, list):
            return _list([self.part(item, (*place, str(index))) for index, item in enumerate(value)])
        return lambda _payload, _run: value

    def directive(self, value: dict[str, Any], place: Place) -> Part:
        name = marks.name_of(value)
        known = table.DIRECTIVES.get(name)
        if known is None:
            raise problems.unknown((*place, name), name, allowed=table.DIRECTIVES)
        return known.build(value[name], (*place, name), self)

    def member(self, value: Any, place: Place) -> Part:
        """Return the part of what an object holds at a key."""
        return self.part(value, place)

    def _object(self, value: dict[str, Any], place: Place) -> Part:
        parts = [(key, self.member(inner, (*place, key))) for key, inner in value.items()]

        def resolve(payload: Any, run: Run) -> Any:
            run.spend(len(parts))
            return {key: part(payload, run) for key, part in parts}

        return resolve


def _list(parts: list[Callable[[Any, Run], Any]]) -> Part:
    def resolve(payload: Any, run: Run) -> Any:
        run.spend(len(parts))
        return [part(payload, run) for part in parts]

    return resolve


def _of_objects(part: Part, place: Place) -> Part:
    def resolve(payload: Any, run: Run) -> Any:
        if not isinstance(payload, dict):
            raise failed(place, f"can only be applied to an object, and this is {type_name(payload)}")
        return part(payload, run)

    return resolve
