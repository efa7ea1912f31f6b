"""Events of one source put together as rows of its tables: lines of JSON, and the columns to read them with. Pure.

Lines, because DuckDB turns them into columns faster than Python can: `read_json`, with each column as its `sql_type`. A
value is written once its column is wide enough for it, so every line can be read by the types that stand at the end.
"""

from typing import Any

import msgspec

from headwater.core import clock
from headwater.lake import rows
from headwater.lake.columns import Column
from headwater.lake.layout import Cells
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
        self._lines: list[bytes] = []
        self._names: set[str] = set()

    @property
    def rows(self) -> int:
        return len(self._lines)

    def ndjson(self) -> bytes:
        """Return the rows, a line of JSON each, in the order of the log."""
        return b"\n".join(self._lines)

    def columns(self) -> list[Column]:
        """Return the columns that any row has, with their types after all that was added, to any batch."""
        return self._tables.columns(self._table, self._names)

    def add(self, common: Cells, details: Cells, common_line: bytes, *, offset: int) -> None:
        """Add a row, whose common part is written already."""
        self.last_offset = offset
        self._names.update(common)
        if details:
            self._names.update(details)
            common_line = b"%b,%b" % (common_line[:-1], _encoder.encode(details)[1:])
        self._lines.append(common_line)


class Batches:
    """Puts events of one source together. When enough are in, write `batches()` and begin with a new one."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._batches: dict[tuple[str, int], Batch] = {}

    def add(self, event: Any, *, offset: int, received_at_ms: int) -> None:
        """Add an event, as it is in the log, in the log's order. What is no call of Segment's adds nothing."""
        common, found = rows.of(event, self._tables, offset=offset, received_at_ms=received_at_ms)
        line, day = _encoder.encode(common) if found else b"", received_at_ms // MS_PER_DAY
        for table, details in found:
            batch = self._batches.get((table.name, day))
            if batch is None:
                batch = self._batches[table.name, day] = self._begun(table, day, offset)
            batch.add(common, details, line, offset=offset)

    def batches(self) -> list[Batch]:
        """Return what was added, by table and day."""
        return [self._batches[key] for key in sorted(self._batches)]

    def _begun(self, table: Table, day: int, offset: int) -> Batch:
        date = clock.from_epoch_ms(day * MS_PER_DAY).date().isoformat()
        return Batch(self._tables, table, date, first_offset=offset)
