"""What was seen in a run of records: events, their properties and JSON types, counted in memory.

Pure. Names and types only: no value of an event is ever kept here.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.event import ACTIONS_SOURCE, Record, Stored
from headwater.live import volume
from headwater.live.limits import MAX_NAME
from headwater.live.volume import Minutes

TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")

# Where an event's own name stands, for the calls that have one.
NAMED_BY = {"track": "event", "page": "name", "screen": "name"}
# Where its properties stand; `properties` for the calls not named here.
TRAITS = frozenset({"identify", "group"})

# A property's counts lie in a list, one place a type, and at the end when it was last seen.
_PLACES: dict[type, int] = {str: 0, int: 1, float: 2, bool: 3, dict: 4, list: 5, type(None): 6}
LAST_SEEN = len(TYPES)
_UNSEEN = [0] * (LAST_SEEN + 1)

EventKey = tuple[str, str, str]  # source, type, name


class _Body(msgspec.Struct):
    """What we read of an event; the decoder skips the rest."""

    event: Any = None
    name: Any = None
    properties: Any = None
    traits: Any = None


_decoder = msgspec.json.Decoder(_Body)
_NOTHING = _Body()


class SeenEvent:
    """The counts of one event. Not frozen: it grows a thousand times a second."""

    __slots__ = ("count", "first_seen_ms", "last_seen_ms", "properties")

    def __init__(self, at_ms: int) -> None:
        self.count = 0
        self.first_seen_ms = self.last_seen_ms = at_ms
        self.properties: dict[str, list[int]] = {}


class Sightings:
    """Counts until it is saved; then begin with a new one."""

    def __init__(self) -> None:
        self.events: dict[EventKey, SeenEvent] = {}
        self.minutes: Minutes = {}
        self.size = 0  # events and properties, all told

    def take(self, records: Sequence[Stored], *, max_size: int) -> int:
        """Count `records`, in order, until `max_size` is passed; return how many were taken."""
        for number, stored in enumerate(records):
            if self.size >= max_size:
                return number
            if stored.record.source != ACTIONS_SOURCE:  # a queued Action is a sealed request, not an event
                self._see(stored.record)
                volume.count(self.minutes, stored)
        return len(records)

    def _see(self, record: Record) -> None:
        body = _read(record.body)
        key = (record.source, record.type[:MAX_NAME], _name(record.type, body))
        at_ms = record.received_at_ms
        event = self.events.get(key)
        if event is None:
            event = self.events[key] = SeenEvent(at_ms)
            self.size += 1
        event.count += 1
        event.first_seen_ms = min(event.first_seen_ms, at_ms)
        event.last_seen_ms = max(event.last_seen_ms, at_ms)
        top = body.traits if record.type in TRAITS else body.properties
        if type(top) is dict and top:
            before = len(event.properties)
            _count_all(event.properties, top, at_ms)
            self.size += len(event.properties) - before


def _count_all(counts: dict[str, list[int]], top: dict[str, Any], at_ms: int) -> None:
    for name, value in top.items():
        _count(counts, name, value, at_ms)
        if type(value) is dict:
            for inner, inner_value in value.items():
                _count(counts, f"{name}.{inner}", inner_value, at_ms)


def _count(counts: dict[str, list[int]], name: str, value: Any, at_ms: int) -> None:
    if len(name) > MAX_NAME:
        name = name[:MAX_NAME]
    seen = counts.get(name)
    if seen is None:
        seen = counts[name] = _UNSEEN.copy()
    seen[_PLACES[type(value)]] += 1
    if at_ms > seen[LAST_SEEN]:  # noqa: PLR1730  max() costs a call for each property of each event
        seen[LAST_SEEN] = at_ms


def _read(body: bytes) -> _Body:
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return _NOTHING  # it is counted all the same


def _name(type_: str, body: _Body) -> str:
    field = NAMED_BY.get(type_)
    name = getattr(body, field) if field else None
    return name[:MAX_NAME] if isinstance(name, str) else ""
