"""The short way of an event into the lake: one that fits its table's shape is handed on as it came. Pure.

A shape is made once enough events have taken the long way since the last, if these taught anything new. Which way an
event went can't be seen in its row.
"""

import itertools
from typing import Any

import msgspec

from headwater.lake import naming
from headwater.lake.columns import moment_or_none
from headwater.lake.layout import Layout
from headwater.lake.shapes import Shape
from headwater.lake.tables import Table, Tables

LESSONS = 50  # so many events go the long way before a shape is made of what they taught

# A text each, or missing.
TEXTS = (
    *("type", "messageId", "anonymousId", "userId", "sentAt", "timestamp", "originalTimestamp", "receivedAt"),
    *("event", "name", "category", "groupId", "previousId"),
)
DETAILS = ("properties", "traits")
NOT_IN_TABLES = ("integrations", "version", "channel", "writeKey", "projectId", "_metadata")

_numbers = itertools.count(1)  # told apart by them, within this process


class Fit:
    """A table, and the shapes of events that fit it: the same object until there are new shapes."""

    def __init__(self, table: Table, *, context: Shape, details: Shape | None) -> None:
        self.number = next(_numbers)
        self.table = table
        self.is_track = table.name not in naming.CALLS.values()
        self.context = context
        self.details = details


class Learner:
    """Keeps the shape of one layout up to date."""

    def __init__(self, layout: Layout, *, lessons: int) -> None:
        self._layout = layout
        self._lessons = lessons
        self._misses = 0
        self._places = -1
        self.shape: Shape | None = None

    def learn(self) -> bool:
        """Count an event that didn't fit; tell whether `shape` is a new one now."""
        self._misses += 1
        if self._misses < self._lessons or self._places == self._layout.places:
            return False
        self._misses, self._places = 0, self._layout.places
        self.shape = Shape(self._layout.root)
        return True


class OfTable:
    """What is known of one table's events: their shape, and how to see whether an object has it."""

    def __init__(self, table: Table, context: Shape, *, lessons: int) -> None:
        self._table = table
        self._learner = Learner(table.details, lessons=lessons)
        self._decoder: msgspec.json.Decoder[Any] | None = None
        self.fit(context)

    def fit(self, context: Shape) -> None:
        """Begin with a new shape of the context."""
        self._context = context
        self._without = Fit(self._table, context=context, details=None)
        self._with = Fit(self._table, context=context, details=self._learner.shape)

    def fit_or_none(self, event: Any) -> Fit | None:
        """Return what an event fits, whose context does."""
        details = event.traits if self._table.root == "traits" else event.properties
        if details is None:
            return self._without
        if self._decoder is not None and decoded_or_none(self._decoder, details) is not None:
            return self._with
        if self._learner.learn() and self._learner.shape is not None:
            self._decoder = msgspec.json.Decoder(self._learner.shape.as_type())
            self.fit(self._context)
        return None


class ShortWay:
    """Finds the events that fit, of one source. So many `lessons` make a shape."""

    def __init__(self, tables: Tables, *, lessons: int = LESSONS) -> None:
        self._tables = tables
        self._lessons = lessons
        self._context = Learner(tables.common, lessons=lessons)
        self._decoder: msgspec.json.Decoder[Any] | None = None
        self._of: dict[str, OfTable] = {}

    def fit_or_none(self, body: bytes, *, received_at: str) -> Fit | None:
        """Return what an event fits; None if it has to go the long way."""
        if not body.startswith(b"{") or b"\n" in body:  # it has to be a line, and one that can be added to
            return None
        event = None if self._decoder is None else decoded_or_none(self._decoder, body)
        if event is None:
            self._learn()
        if event is None or event.receivedAt != received_at or not _has_moments(event):
            return None
        table = self._table_or_none(event)
        return None if table is None else self._of_table(table).fit_or_none(event)

    def _learn(self) -> None:
        if self._context.learn() and self._context.shape is not None:
            self._decoder = msgspec.json.Decoder(_type_of_events(self._context.shape))
            for of in self._of.values():
                of.fit(self._context.shape)

    def _of_table(self, table: Table) -> OfTable:
        found = self._of.get(table.name)
        if found is None:
            assert self._context.shape is not None  # noqa: S101  its decoder was made of it
            found = self._of[table.name] = OfTable(table, self._context.shape, lessons=self._lessons)
        return found

    def _table_or_none(self, event: Any) -> Table | None:
        if event.type != "track":
            return self._tables.table(naming.CALLS[event.type]) if event.type in naming.CALLS else None
        if event.event is None:
            return None
        table = self._tables.of_event(event.event)[1]
        return None if table.name == naming.OTHER_EVENTS else table


def decoded_or_none(decoder: msgspec.json.Decoder[Any], text: bytes | msgspec.Raw) -> Any:
    """Return what a decoder makes of a text that fits, None for any other."""
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _has_moments(event: Any) -> bool:
    """Tell whether its times are as the lake writes them."""
    return (
        (event.timestamp is None or moment_or_none(event.timestamp) == event.timestamp)
        and (event.originalTimestamp is None or moment_or_none(event.originalTimestamp) == event.originalTimestamp)
        and (event.sentAt is None or moment_or_none(event.sentAt) == event.sentAt)
    )


def _type_of_events(context: Shape) -> Any:
    """Return a type for whole events, whose details are looked at by their table."""
    return msgspec.defstruct(
        "Event",
        [
            *((key, str | None, None) for key in TEXTS),
            ("context", context.as_type() | None, None),
            *((key, msgspec.Raw, None) for key in (*DETAILS, *NOT_IN_TABLES)),
        ],
        forbid_unknown_fields=True,
        gc=False,
    )
