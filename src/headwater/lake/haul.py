"""Records as they are taken out of the log, many at once and by column: so most that is done with each is done in C."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Any, Self

import msgspec

from headwater.core.event import Record, Stored
from headwater.log import chunks
from headwater.log.chunks import Chunk


class Haul(msgspec.Struct, frozen=True, gc=False):
    """So many records, in the log's order. Each column has one value for each."""

    offsets: Sequence[int] = ()
    sources: Sequence[str] = ()
    message_ids: Sequence[str] = ()
    types: Sequence[str] = ()
    user_ids: Sequence[str | None] = ()
    anonymous_ids: Sequence[str | None] = ()
    received_at_ms: Sequence[int] = ()
    vias: Sequence[str | None] = ()
    bodies: Sequence[bytes] = ()

    @classmethod
    def of_chunks(cls, found: Iterable[Chunk], *, after: int, up_to: int) -> Self:
        """Return the records of chunks that are above one offset, and not above another."""
        offsets: list[int] = []
        fields: list[chunks.Fields] = []
        for first_offset, blob in found:
            these = chunks.fields(blob)
            start, end = max(0, after + 1 - first_offset), min(len(these), up_to + 1 - first_offset)
            offsets += range(first_offset + start, first_offset + end)
            fields += these if (start, end) == (0, len(these)) else these[start:end]
        return cls(offsets, *zip(*fields, strict=True)) if fields else cls()

    @classmethod
    def of(cls, found: Iterable[Stored]) -> Self:
        """Return records by column."""
        rows = [
            (
                one.offset,
                one.record.source,
                one.record.message_id,
                one.record.type,
                one.record.user_id,
                one.record.anonymous_id,
                one.record.received_at_ms,
                one.record.via,
                one.record.body,
            )
            for one in found
        ]
        return cls(*zip(*rows, strict=True)) if rows else cls()

    def __bool__(self) -> bool:
        return bool(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets)

    def cut(self, count: int) -> tuple["Haul", "Haul"]:
        """Return so many of them, or all, and the others."""
        if count >= len(self):
            return self, Haul()
        columns = self._columns()
        return Haul(*(column[:count] for column in columns)), Haul(*(column[count:] for column in columns))

    def chosen(self, which: Sequence[Any]) -> "Haul":
        """Return those for which there is something true."""
        if all(which):
            return self
        return Haul(*(tuple(compress(column, which)) for column in self._columns()))

    def at(self, places: Sequence[int]) -> "Haul":
        """Return those at these places, of which each is there once, in order."""
        if len(places) == len(self):
            return self
        return Haul(*([column[place] for place in places] for column in self._columns()))

    def stored(self) -> Iterator[Stored]:
        """Yield them one by one, as a reader of the log would."""
        for offset, source, message_id, kind, user_id, anonymous_id, at_ms, via, body in zip(
            *self._columns(), strict=True
        ):
            yield Stored(
                offset=offset,
                record=Record(
                    source=source,
                    message_id=message_id,
                    type=kind,
                    user_id=user_id,
                    anonymous_id=anonymous_id,
                    received_at_ms=at_ms,
                    via=via,
                    body=body,
                ),
            )

    def _columns(self) -> tuple[Sequence[Any], ...]:
        return tuple(msgspec.structs.astuple(self))
