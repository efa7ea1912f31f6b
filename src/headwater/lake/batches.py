"""Events of one source put together as rows of its tables: lines of JSON, and the columns to read them with.

Lines, because DuckDB turns them into columns faster than Python can: `read_json`, with each column as its SQL type. A
value is written once its column is wide enough for it, so every line can be read by the types that stand at the end.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from headwater.core.event import Stored
from headwater.lake import archive_lines, lake_paths, lots, naming, rows, tracks
from headwater.lake.columns import Column
from headwater.lake.layout import Cells
from headwater.lake.line_files import LineFile, LineFiles
from headwater.lake.lots import Lot
from headwater.lake.short_way import Fit, ShortWay
from headwater.lake.tables import Table, Tables

MS_PER_DAY = 86_400_000
AT_ONCE = 256  # events of which each goes its way before any teaches the next

_encoder = msgspec.json.Encoder()


class Batch:
    """The rows of one table and one day (UTC, of when they came). Not frozen: it grows with each event."""

    def __init__(
        self, tables: Tables, table: Table, day: str, *, first_offset: int, files: LineFiles | None = None
    ) -> None:
        self.table = table.name
        self.day = day
        self.first_offset = self.last_offset = first_offset
        self._tables, self._table, self._files = tables, table, files
        self._lines: list[bytes] = []
        self._names: set[str] = set()
        self._whole: dict[Fit, LineFile] = {}

    def add(self, common: Cells, details: Cells, *, offset: int) -> None:
        """Add a row."""
        self._reach(offset)
        self._names.update(common, details)
        self._lines.append(_encoder.encode({**common, **details}))

    def add_whole(self, lines: Sequence[bytes], fit: Fit, *, first_offset: int, last_offset: int) -> None:
        """Add the rows of events that fit, in the log's order, by their lines of the archive. Raises OSError."""
        self._reach(first_offset)
        self._reach(last_offset)
        file = self._whole.get(fit)
        if file is None:
            file = self._whole[fit] = self._new_file()
        file.add(lines)

    @property
    def rows(self) -> int:
        return len(self._lines) + sum(file.count for file in self._whole.values())

    def ndjson(self) -> bytes:
        """Return the rows, a line of JSON each, in the order of the log: of those that were added as rows."""
        return b"\n".join(self._lines)

    def lots(self) -> list[Lot]:
        """Return all rows, as DuckDB can read them. Raises OSError."""
        found = [lots.of_events(file, fit) for fit, file in self._whole.items()]
        if self._lines:
            file = self._new_file()
            file.add([line + archive_lines.END for line in self._lines])
            found.append(lots.of_rows(file, self._tables.columns(self._table, self._names)))
        return found

    def names(self) -> set[str]:
        """Return what the columns are called that any row has."""
        return self._names.union(*map(lots.columns_of, self._whole))

    def columns(self) -> list[Column]:
        """Return the columns that any row has, with their types after all that was added, to any batch."""
        return self._tables.columns(self._table, self.names())

    def _new_file(self) -> LineFile:
        assert self._files is not None  # noqa: S101  else nothing fits, and nobody asks for lots
        return self._files.new()

    def _reach(self, offset: int) -> None:
        self.first_offset, self.last_offset = min(self.first_offset, offset), max(self.last_offset, offset)


class Batches:
    """Puts events of one source together. When enough are in, write `batches()` and begin with a new one.

    With a `short_way`, which outlives it, `add_lines` hands events that fit on as they are: `Batch.lots` has them.
    It takes `files` to have lots.
    """

    def __init__(self, tables: Tables, *, short_way: ShortWay | None = None, files: LineFiles | None = None) -> None:
        self._tables = tables
        self._short_way = short_way
        self._files = files
        self._batches: dict[tuple[str, int], Batch] = {}

    def add(self, event: Any, *, offset: int, received_at_ms: int) -> None:
        """Add an event, as it is in the log, in the log's order. What is no call of Segment's adds nothing."""
        common, found = rows.of(event, self._tables, offset=offset, received_at_ms=received_at_ms)
        if found is not None:
            table, details = found
            self._batch(table, received_at_ms // MS_PER_DAY, offset).add(common, details, offset=offset)

    def add_records(self, records: Iterable[Stored]) -> None:
        """Add the events of records, in the log's order, each by itself.

        What can't be read adds nothing: the archive has it, and the rest goes on.
        """
        for one in records:
            self._add_long(one)

    def add_lines(self, lines: Sequence[bytes], *, day: int, are_tracks: bool) -> None:
        """Add the events of lines of the archive, all of one day, in the log's order. Raises OSError."""
        for start in range(0, len(lines), AT_ONCE):
            some = lines[start : start + AT_ONCE]
            fits, decoded = self._fits(some, are_tracks=are_tracks)
            together: dict[Fit | None, list[bytes]] = defaultdict(list)
            for fit, line in zip(fits, some, strict=True):
                together[fit].append(line)
            long = together.pop(None, [])
            for fit, alike in together.items():
                if fit is not None:
                    first, last = decoded[fits.index(fit)].offset, decoded[-1 - fits[::-1].index(fit)].offset
                    self._batch(fit.table, day, first).add_whole(alike, fit, first_offset=first, last_offset=last)
            for line in long:
                with contextlib.suppress(msgspec.DecodeError, RecursionError):
                    self._add_long(archive_lines.decode(line))

    def batches(self) -> list[Batch]:
        """Return what was added, by table and day."""
        return [self._batches[key] for key in sorted(self._batches)]

    def columns_of_tracks(self) -> list[Column]:
        """Return the columns that `tracks` has of what was added to its events' tables."""
        found = [batch.names() for batch in self._batches.values() if tracks.is_event_table(batch.table)]
        names = {name for name in set().union(*found) if tracks.has(name)}
        if self._tables.tracks.more.note is None:  # then all that found no column are properties
            names.discard(naming.MORE)
        return self._tables.columns(self._tables.tracks, names)

    def _fits(self, lines: Sequence[bytes], *, are_tracks: bool) -> tuple[Sequence[Fit | None], Sequence[Any]]:
        if self._short_way is None:
            return [None] * len(lines), ()
        return self._short_way.fits(lines, are_tracks=are_tracks)

    def _add_long(self, one: Stored) -> None:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            event = msgspec.json.decode(one.record.body)
            self.add(event, offset=one.offset, received_at_ms=one.record.received_at_ms)
            if self._short_way is not None:
                self._short_way.learn(event)

    def _batch(self, table: Table, day: int, offset: int) -> Batch:
        batch = self._batches.get((table.name, day))
        if batch is None:
            batch = self._batches[table.name, day] = Batch(
                self._tables, table, lake_paths.day_of(day), first_offset=offset, files=self._files
            )
        return batch
