"""An operator's own mapping in Jsonnet: `function(event)` → a payload, a list of them, or null for none.

Many events share one evaluation. When it fails, halves of them are tried, so that an event that trips the mapping
costs itself, and none beside it.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.outcomes import Filtered, Rejected, RetryLater
from headwater.deliver.destination import Payload
from headwater.mapping.evaluation import (
    Evaluator,
    MappingBusyError,
    MappingCancelledError,
    MappingError,
    MappingSyntaxError,
    Snippet,
)

FILTERED_AT_MAPPING = "FILTERED_AT_MAPPING"
MESSAGE_REJECTED = "message_rejected"
NO_FUNCTION = "a mapping is a function: `function(event) { … }`, with the event in the place of `event`."
# Before the author's text stands a line of ours, lest it shift the columns of errors. Their lines are put right after.
LINES_BEFORE = 1
PLACE = re.compile(r"([^:\n]+:)(\d+)(?=:\d+: )")
# One evaluation has a second and may return 256 KiB: so many events fit well, and what doesn't is halved.
EVENTS_AT_ONCE = 64

Mapped = Sequence[Payload] | Filtered | Rejected | RetryLater


class JsonnetMapping:
    """One mapping. `name` is what its errors begin with."""

    def __init__(self, text: str, *, evaluator: Evaluator, name: str = "mapping.jsonnet") -> None:
        self._evaluator = evaluator
        self._alone = Snippet(text, name)
        self._is_function = Snippet(f"std.isFunction(\n{text}\n)", name)
        self._for_many = Snippet(
            f"local mapping = (\n{text}\n);\nfunction(events) std.map(mapping, std.parseJson(events))", name
        )

    async def check(self) -> None:
        """Raise a MappingError for a program that can't run, or isn't one function: no event could be mapped."""
        await self._evaluator.check(self._alone)
        try:
            answer = await self._evaluator.evaluate(self._is_function, arguments={})
        except MappingError as error:
            raise type(error)(_placed(error.message)) from error
        if msgspec.json.decode(answer) is not True:
            raise MappingSyntaxError(f"{self._alone.name}: {NO_FUNCTION}")

    async def apply(self, events: Sequence[dict[str, Any]]) -> list[Mapped]:
        """Return what becomes of each event. Never raises."""
        found: list[Mapped] = []
        for start in range(0, len(events), EVENTS_AT_ONCE):
            found += await self._apply(events[start : start + EVENTS_AT_ONCE])
        return found

    async def _apply(self, events: Sequence[dict[str, Any]]) -> list[Mapped]:
        arguments = {"events": msgspec.json.encode(events).decode()}
        try:
            results = msgspec.json.decode(await self._evaluator.evaluate(self._for_many, arguments=arguments))
        except MappingBusyError as error:
            return [RetryLater(error.message)] * len(events)
        except MappingError as error:
            if len(events) == 1:
                return [_failed(error)]
            half = len(events) // 2
            return [*await self._apply(events[:half]), *await self._apply(events[half:])]
        return [payloads_of(result) for result in results]


def _failed(error: MappingError) -> Mapped:
    if isinstance(error, MappingCancelledError):
        return Filtered(FILTERED_AT_MAPPING)
    return Rejected(f"{MESSAGE_REJECTED}: {_placed(error.message)}")


def _placed(message: str) -> str:
    """Return an error's message with the line that its author sees."""
    found = PLACE.match(message)
    return f"{found[1]}{int(found[2]) - LINES_BEFORE}{message[found.end() :]}" if found else message


def payloads_of(result: Any) -> Mapped:
    """Return what a mapping's result means: an object or a list of them is sent, null and an empty list aren't."""
    if result is None:
        return Filtered(FILTERED_AT_MAPPING)
    found = result if isinstance(result, list) else [result]
    if not found:
        return Filtered(FILTERED_AT_MAPPING)
    if not all(isinstance(one, dict) for one in found):
        return Rejected(f"{MESSAGE_REJECTED}: a mapping returns an object, a list of objects, or null.")
    return found
