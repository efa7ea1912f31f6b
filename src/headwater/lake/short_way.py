"""The short way of an event into the lake: one that fits its table's shape is handed on as it came. Pure.

One parser in C knows every event by its name, and says of a whole body at once whether it fits. What doesn't takes the
long way, and teaches: after so many, shapes are made anew of what they taught. Which way an event went can't be seen
in its row.
"""

import gc
import itertools
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final, Literal

import msgspec

from headwater.lake import naming
from headwater.lake.moments import Moments
from headwater.lake.shapes import Shape
from headwater.lake.tables import Table, Tables

LESSONS = 50  # so many events go the long way before shapes are made of what they taught
RENEWED_SOON = 16  # times; then ever more rarely
TYPES_IN_MEMORY = 500  # that were made, before those that nobody uses any more have to go
UNIONS_REMEMBERED = 64  # by msgspec 0.22, with all their types

TRACK: Final = "track"

# A text each, or missing.
TEXTS = (
    *("messageId", "anonymousId", "userId", "sentAt", "timestamp", "originalTimestamp", "receivedAt"),
    *("name", "category", "groupId", "previousId"),
)
DETAILS = ("properties", "traits")
NOT_IN_TABLES = ("integrations", "version", "channel", "writeKey", "projectId", "_metadata")

_numbers = itertools.count(1)  # told apart by them, within this process
_times_of = attrgetter("timestamp", "originalTimestamp", "sentAt")


class Fit:
    """A table, and the shapes of events that fit it: the same object until there are new shapes."""

    def __init__(self, table: Table, *, context: Shape, details: Shape | None) -> None:
        self.number = next(_numbers)
        self.table = table
        self.is_track = table.name not in naming.CALLS.values()
        self.context = context
        self.details = details


class Kind:
    """Events of one name, or calls of one kind: their shape, and what those that have it fit."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.details: Shape | None = None
        self.fits: tuple[Fit, Fit] | None = None  # without details, and with

    def renew(self, context: Shape, *, is_context_new: bool) -> bool:
        """Begin with new shapes; tell whether any is."""
        details = Shape(self.table.details.root)
        if self.fits is not None and not is_context_new and details.is_like(self.details):
            return False
        self.details = details
        self.fits = (
            Fit(self.table, context=context, details=None),
            Fit(self.table, context=context, details=details),
        )
        return True


class _Misfit(msgspec.Struct, frozen=True, gc=False):
    """Stands for an event that no shape has."""

    timestamp: str | None = None
    originalTimestamp: str | None = None  # noqa: N815  the event's word
    sentAt: str | None = None  # noqa: N815  the event's word
    details: Any = None


class _Line(msgspec.Struct, frozen=True):
    """Stands for a line that none has."""

    event: _Misfit = _Misfit()
    offset: int = 0


ANOTHER: Final = "\0"  # no event that is called so has a shape
MISFIT: Final = _Line()
NO_FITS: Final = (None, None)


class ShortWay:
    """Finds the events that fit, of one source. So many `lessons` make shapes."""

    def __init__(self, tables: Tables, *, lessons: int = LESSONS) -> None:
        self._tables = tables
        self._lessons = lessons
        self._misses = 0
        self._context: Shape | None = None
        self._kinds: dict[tuple[str, str], Kind] = {}  # by the call, and a track's event
        self._taught: set[tuple[str, str]] = set()  # since the shapes were made
        self._tracks: msgspec.json.Decoder[Any] | None = None
        self._calls: msgspec.json.Decoder[Any] | None = None
        self._fits: dict[type, tuple[Fit, Fit]] = {}
        self._types_made = self._renewals = 0
        self._moments = Moments()

    def fits(self, lines: Sequence[bytes], *, are_tracks: bool) -> tuple[list[Fit | None], Sequence[_Line]]:
        """Return what the events of lines fit, None for those that have to go the long way, and the lines, decoded.

        `are_tracks`: they are track calls, else others. A wrong word on that sends them the long way, and that is all.
        """
        decoder = self._tracks if are_tracks else self._calls
        if decoder is None:
            return [None] * len(lines), ()
        decoded = _decoded(decoder.decode, lines)
        events, fits = [line.event for line in decoded], self._fits
        found = [fits.get(type(event), NO_FITS)[event.details is not None] for event in events]
        times = set(itertools.chain.from_iterable(map(_times_of, events)))
        times.discard(None)
        odd = self._moments.odd_ones(times)
        if odd:
            found = [fit if odd.isdisjoint(_times_of(one)) else None for one, fit in zip(events, found, strict=True)]
        return found, decoded

    def learn(self, event: Any) -> None:
        """Hear which event went the long way, after it went."""
        self._misses += 1
        key = _key_or_none(event)
        if key is not None and self._is_known(key):
            self._taught.add(key)
        # The more kinds there are, the more it costs to begin anew.
        if self._misses >= max(self._lessons, len(self._kinds)):
            self._misses = 0
            self._renewals += 1
            if self._renewals > RENEWED_SOON:  # somebody may send new properties without end
                self._lessons *= 2
            self._renew()

    def _is_known(self, key: tuple[str, str]) -> bool:
        """Tell whether there are events like it; from now on there are. Of those that share a table there are none."""
        if key not in self._kinds:
            call, event = key
            table = self._tables.table(naming.CALLS[call]) if call != TRACK else self._tables.of_event(event)[1]
            if (
                event == ANOTHER
                or table.name == naming.OTHER_EVENTS
                or len(self._kinds) >= self._tables.max_event_tables
            ):
                return False
            self._kinds[key] = Kind(table)
        return True

    def _renew(self) -> None:
        """Make shapes of what was taught since the last time, if there is anything new in it."""
        context = Shape(self._tables.common.root)
        is_context_new = not context.is_like(self._context)
        self._context = context if self._context is None or is_context_new else self._context
        taught = self._kinds.keys() if is_context_new else self._taught
        news = [self._kinds[key].renew(self._context, is_context_new=is_context_new) for key in taught]
        self._taught.clear()
        if any(news):
            self._make_decoders(self._context)

    def _make_decoders(self, context: Shape) -> None:
        context_type = context.as_type()
        types = {key: _type_of(key, kind, context_type) for key, kind in self._kinds.items() if kind.fits is not None}
        self._fits = {types[key]: fits for key, kind in self._kinds.items() if (fits := kind.fits) is not None}
        self._tracks = _decoder_or_none([type_ for (call, _), type_ in types.items() if call == TRACK])
        self._calls = _decoder_or_none([type_ for (call, _), type_ in types.items() if call != TRACK])
        self._types_made += len(types)
        if self._types_made > TYPES_IN_MEMORY:
            self._types_made = 0
            _let_go_of_types()


def _let_go_of_types() -> None:
    """Free those that are used no more: they are rings, which the writer looks for nowhere else; msgspec keeps some."""
    for _ in range(UNIONS_REMEMBERED):
        one, another = (msgspec.defstruct("Forgotten", [], tag=name) for name in ("one", "another"))
        msgspec.json.Decoder(one | another)
    gc.collect()


def _decoded(decode: Callable[[bytes], Any], lines: Sequence[bytes]) -> list[Any]:
    """Return what each line says, MISFIT where its event has no shape. In C from one of those to the next."""
    found: list[Any] = []
    rest = map(decode, lines)
    while len(found) < len(lines):
        try:
            found.extend(rest)  # what came before an error is in it
        except (msgspec.DecodeError, RecursionError):
            found.append(MISFIT)
    return found


def _key_or_none(event: Any) -> tuple[str, str] | None:
    """Return what an event is told apart by from others of its source; None of what has no shape."""
    call = event.get("type") if isinstance(event, dict) else None
    if call == TRACK:
        return (TRACK, event["event"]) if isinstance(event.get("event"), str) else None
    return (call, "") if isinstance(call, str) and call in naming.CALLS else None


def _decoder_or_none(types: list[Any]) -> msgspec.json.Decoder[Any] | None:
    """Return what decodes a line whose event is of any of these types; which one it is stands in the event."""
    if not types:
        return None
    union: Any = _another(types[0])
    for type_ in types:
        union |= type_
    return msgspec.json.Decoder(msgspec.defstruct("Line", [("offset", int), ("event", union)], gc=False))


def _another(type_: Any) -> Any:
    """Return a type that no event is of: of one type alone an event would be that says nothing of its own."""
    config = type_.__struct_config__
    return msgspec.defstruct(
        "Another", [], bases=(_Misfit,), tag_field=config.tag_field, tag=ANOTHER, forbid_unknown_fields=True
    )


def _type_of(key: tuple[str, str], kind: Kind, context_type: Any) -> Any:
    """Return the type for whole events of a kind that fit, told apart by the event's name, or by the call."""
    call, event = key
    is_track = call == TRACK
    root = kind.table.root
    details = kind.details.as_type() | None if kind.details is not None else None
    return msgspec.defstruct(
        "Event",
        [
            *([("type", Literal["track"])] if is_track else [("event", str | None, None)]),
            *((text, str | None, None) for text in TEXTS),
            ("context", context_type | None, None),
            ("details", details, None),
            *((other, msgspec.Raw, None) for other in (*DETAILS, *NOT_IN_TABLES) if other != root),
        ],
        rename={"details": root},
        tag_field="event" if is_track else "type",
        tag=event if is_track else call,
        forbid_unknown_fields=True,
        gc=False,
    )
