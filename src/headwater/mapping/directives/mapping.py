"""A Segment mapping, compiled: from an event to the payload of a destination. Pure, bounded in time and size."""

from typing import Any

import msgspec

from headwater.core.clock import Clock
from headwater.mapping.directives import cleaning
from headwater.mapping.directives.parts import Part
from headwater.mapping.directives.run import Run, too_large
from headwater.mapping.directives.values import UNDEFINED
from headwater.mapping.evaluation import MappingLimitError, MappingRuntimeError
from headwater.mapping.limits import SandboxLimits

OUTPUT_BYTES = SandboxLimits().output_bytes


class Mapping:
    """What `directives.compile` returns. It holds no state: any number of threads may apply it."""

    def __init__(self, part: Part, *, output_bytes: int = OUTPUT_BYTES, clock: Clock | None = None) -> None:
        self._part = part
        self._output_bytes = output_bytes
        self._clock = clock

    def apply(self, event: Any) -> Any:
        """Return what the mapping makes of `event`, a value that JSON can hold; the event stays as it is.

        UNDEFINED when the mapping is one directive and has nothing for this event: there is nothing to send. Where
        Segment throws, MappingRuntimeError says where and why; MappingLimitError when the mapping does or makes too
        much with this event. Nothing else is raised, whatever JSON the event is.
        """
        run = Run(output_bytes=self._output_bytes, clock=self._clock)
        try:
            value = self._part(event, run)
            return value if value is UNDEFINED else self._bounded(cleaning.finished(value, run), run)
        except RecursionError:
            raise MappingLimitError("the event, or what the mapping makes of it, is nested too deeply") from None

    def _bounded(self, output: Any, run: Run) -> Any:
        run.check_room(0)  # before it is written: one long text may stand in it many times
        try:
            size = len(msgspec.json.encode(output))
        except UnicodeEncodeError:  # keys of an event that never was JSON in UTF-8
            raise MappingRuntimeError("a key of the event holds half a character, and can't be written") from None
        if size > self._output_bytes:
            raise too_large(self._output_bytes)
        return output
