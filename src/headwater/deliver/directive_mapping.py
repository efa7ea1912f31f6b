"""An operator's own mapping in Segment's directives, pasted as it is: an object, or nothing for this event."""

from collections.abc import Sequence
from typing import Any

from headwater.core.clock import Clock
from headwater.core.outcomes import Filtered, Rejected
from headwater.deliver.jsonnet_mapping import FILTERED_AT_MAPPING, MESSAGE_REJECTED, Mapped, payloads_of
from headwater.mapping import directives
from headwater.mapping.directives import UNDEFINED
from headwater.mapping.evaluation import MappingError


class DirectiveMapping:
    """One mapping, compiled; `clock` is what Liquid's `now` asks. Raises BadMappingError."""

    def __init__(self, document: dict[str, Any] | str, *, clock: Clock | None = None) -> None:
        self._mapping = directives.compile(document, clock=clock)

    async def check(self) -> None:
        """Nothing is left to check: it was compiled."""

    async def apply(self, events: Sequence[dict[str, Any]]) -> list[Mapped]:
        """Return what becomes of each event. Never raises."""
        return [self._apply(event) for event in events]

    def _apply(self, event: dict[str, Any]) -> Mapped:
        try:
            result = self._mapping.apply(event)
        except MappingError as error:
            return Rejected(f"{MESSAGE_REJECTED}: {error.message}")
        return Filtered(FILTERED_AT_MAPPING) if result is UNDEFINED else payloads_of(result)
