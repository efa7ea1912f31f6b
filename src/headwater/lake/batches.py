"""Events of one source put together as rows of its tables: lines of JSON, and the columns to read them with. Pure.

Lines, because DuckDB turns them into columns faster than Python can: `read_json`, with each column as its SQL type. A
value is written once its column is wide enough for it, so every line can be read by the types that stand at the end.
"""

import contextlib
from collections import defaultdict
from typing import Any

import msgspec

from headwater.core import clock
from headwater.lake import lots, naming, rows
from headwater.lake.columns import Column
from headwater.lake.layout import Cells
from headwater.lake.lots import Lot
from headwater.lake.short_way import Fit, ShortWay
from headwater.lake.tables import Table, Tables

MS_PER_DAY = 86_400_000

_encoder = msgspec.json.Encoder()


class Batch:
    """The rows of one table and one day (UTC, of when they came). Not frozen: it grows with each event."""

    def __init__(self, tables: Tables, table: Table, day: str, *, first_offset: int) -> None:
        self.table = table.name
        self.day = day
        self.first_offset = self.last_offset = first_offset
        self._tables, self._table = tables, table
        self._is_tracks = table.name == naming.TRACKS
        self._lines: list[bytes] = []
        self._names: set[str] = set()
        self._whole: dict[Fit, list[bytes]] = defaultdict(list)

    def add(self, common: Cells, details: Cells, common_line: bytes, *, offset: int) -> None:
        """Add a row, whose common part is written already."""
        self.last_offset = offset
        self._names.update(common)
        if details:
            self._names.update(details)
            common_line = b"%b,%b" % (common_line[:-1], _encoder.encode(details)[1:])
        self._lines.append(common_line)

    def add_whole(self, line: bytes, fit: Fit, *, offset: int) -> None:
        """Add the row of an event that fits."""
        self.last_offset = offset
        self._whole[fit].append(line)

    def share(self, other: "Batch") -> None:
        """Have the rows, too, of all events of another table that fit."""
        self._whole |= other._whole  # noqa: SLF001  its own kind
        self.first_offset = min(self.first_offset, other.first_offset)
        self.last_offset = max(self.last_offset, other.last_offset)

    @property
    def rows(self) -> int:
        return len(self._lines) + sum(map(len, self._whole.values()))

    @property
    def has_whole_tracks(self) -> bool:
        """Whether `tracks` has to share this."""
        return any(fit.is_track for fit in self._whole)

    def ndjson(self) -> bytes:
        """Return the rows, a line of JSON each, in the order of the log: of those that were added as rows."""
        return b"\n".join(self._lines)

    def lots(self) -> list[Lot]:
        """Return all rows, as DuckDB can read them."""
        plain = self._tables.columns(self._table, self._names)
        return [
            *([lots.of_rows(self._lines, plain)] if self._lines else []),
            *(
                lots.of_events(lines, fit, day=self.day, is_for_tracks=self._is_tracks)
                for fit, lines in self._whole.items()
            ),
        ]

    def columns(self) -> list[Column]:
        """Return the columns that any row has, with their types after all that was added, to any batch."""
        names = self._names.union(*(lots.columns_of(fit, is_for_tracks=self._is_tracks) for fit in self._whole))
        return self._tables.columns(self._table, names)


class Batches:
    """Puts events of one source together. When enough are in, write `batches()` and begin with a new one.

    With a `short_way`, which outlives it, `add_body` hands events that fit on as they are: `Batch.lots` has them.
    """

    def __init__(self, tables: Tables, *, short_way: ShortWay | None = None) -> None:
        self._tables = tables
        self._short_way = short_way
        self._batches: dict[tuple[str, int], Batch] = {}

    def add(self, event: Any, *, offset: int, received_at_ms: int) -> None:
        """Add an event, as it is in the log, in the log's order. What is no call of Segment's adds nothing."""
        common, found = rows.of(event, self._tables, offset=offset, received_at_ms=received_at_ms)
        line = _encoder.encode(common) if found else b""
        for table, details in found:
            self._batch(table, received_at_ms // MS_PER_DAY, offset).add(common, details, line, offset=offset)

    def add_body(self, body: bytes, *, offset: int, received_at_ms: int) -> None:
        """Add an event as the log has it. What can't be read adds nothing: the archive has it, and the rest goes on."""
        fit = None if self._short_way is None else self._short_way.fit_or_none(body)
        if fit is None:
            with contextlib.suppress(msgspec.DecodeError, RecursionError):
                self._add_long(msgspec.json.decode(body), offset=offset, received_at_ms=received_at_ms)
            return
        line = b'{"_offset":%d,"_at":%d,%b' % (offset, received_at_ms, body[1:])
        self._batch(fit.table, received_at_ms // MS_PER_DAY, offset).add_whole(line, fit, offset=offset)

    def _add_long(self, event: Any, *, offset: int, received_at_ms: int) -> None:
        self.add(event, offset=offset, received_at_ms=received_at_ms)
        if self._short_way is not None:
            self._short_way.learn(event)

    def batches(self) -> list[Batch]:
        """Return what was added, by table and day."""
        for (_, day), batch in list(self._batches.items()):
            if batch.has_whole_tracks:
                self._batch(self._tables.tracks, day, batch.first_offset).share(batch)
        return [self._batches[key] for key in sorted(self._batches)]

    def _batch(self, table: Table, day: int, offset: int) -> Batch:
        batch = self._batches.get((table.name, day))
        if batch is None:
            date = clock.from_epoch_ms(day * MS_PER_DAY).date().isoformat()
            batch = self._batches[table.name, day] = Batch(self._tables, table, date, first_offset=offset)
        return batch
