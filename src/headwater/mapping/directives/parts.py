"""A mapping, compiled, is functions from a payload to a value; who builds them is given to each directive."""

from collections.abc import Callable
from typing import Any, Protocol

from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import Rule
from headwater.mapping.directives.run import Run

Part = Callable[[Any, Run], Any]


class Builder(Protocol):
    """What a directive may build its values with."""

    def part(self, value: Any, place: Place) -> Part:
        """Return what gives the value of anything in a mapping: a directive's, or itself."""

    def whole(self, document: dict[str, Any], place: Place) -> Part:
        """Return a mapping inside a mapping."""


class Directive(Protocol):
    """What each `at_…` module is."""

    RULE: Rule
    """What Segment's validator allows as its value."""
    NOTHING: str
    """Why it may give nothing, to be read after its name."""

    def build(self, value: Any, place: Place, builder: Builder, /) -> Part:
        """Return the part. Raises BadMappingError for a value that would fail with every event."""
