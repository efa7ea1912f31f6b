"""One application of a mapping to one event: what it may still do, and why it can fail."""

from typing import Any

from headwater.core.clock import Clock
from headwater.mapping.directives.places import Place, pointer
from headwater.mapping.evaluation import MappingLimitError, MappingRuntimeError

MOST_STEPS = 300_000
"""How much one application may do, in values looked at and stretches of text written."""
STRETCH = 16
"""How many characters of text cost as much as one value."""
_TYPES = ((bool, "true or false"), (str, "a text"), (int | float, "a number"), (list, "a list"), (dict, "an object"))


class Run:
    """What is left of the bounds. A step costs around a tenth of a microsecond: all of them, a fraction of a second."""

    __slots__ = ("_steps", "clock", "room", "text_limit")

    def __init__(self, *, output_bytes: int, clock: Clock | None = None) -> None:
        self.clock = clock
        self._steps = MOST_STEPS
        self.room = output_bytes
        self.text_limit = output_bytes

    def spend(self, steps: int) -> None:
        """Count steps. Raises MappingLimitError when there are none left."""
        self._steps -= steps
        if self._steps < 0:
            raise MappingLimitError("the mapping does too much with this event and was stopped")

    def spend_text(self, characters: int) -> None:
        """Count a text before it is made. Raises MappingLimitError when it is longer than the output may be."""
        if characters > self.text_limit:
            raise MappingLimitError(f"the mapping makes a text of more than {self.text_limit} characters")
        self.spend(1 + characters // STRETCH)

    def check_room(self, size: int) -> None:
        """Count what the output holds besides texts. Raises MappingLimitError when it holds too much already."""
        self.room -= size
        if self.room < 0:
            raise too_large(self.text_limit)


def too_large(most_bytes: int) -> MappingLimitError:
    return MappingLimitError(f"the mapping's output is larger than {most_bytes} bytes")


def failed(place: Place, reason: str) -> MappingRuntimeError:
    """Return what Segment throws at this point: the mapping has no value for this event."""
    return MappingRuntimeError(f"{pointer(place)}: {reason}", path=pointer(place), reason=reason)


def type_name(value: Any) -> str:
    """Return what `value` is, in words."""
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name
    return "null" if value is None else "nothing (undefined)"
