"""The one hand that writes segments: whole commits, deduplicated, on the writer's thread.

The fewer statements a commit takes, the less often two threads hand the interpreter to each other: so a commit
looks all its ids up at once, and inserts in long rows.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms
from headwater.core.event import Record
from headwater.log import segments
from headwater.log.checkpoints import Checkpoints
from headwater.log.dedupe_window import DedupeWindow
from headwater.log.event_log import Appended, Position
from headwater.log.log_limits import LogLimits
from headwater.log.segments import Segment

logger = structlog.get_logger(__name__)

ROWS_AT_ONCE = (128, 32, 8, 2, 1)  # few statement shapes, so that each is prepared once


class Append(msgspec.Struct, frozen=True):
    """What one caller wants stored, all or none."""

    records: Sequence[Record]
    position: Position | None = None


class SegmentWriter:
    """Owns the folder of segments. Not for two threads at once."""

    def __init__(self, folder: Path, *, clock: Clock, limits: LogLimits) -> None:
        self._folder = folder
        self._clock = clock
        self._limits = limits
        segments.refuse_older(folder)
        folder.mkdir(exist_ok=True)
        self.segments = [segments.describe(segments.path_of(folder, number)) for number in segments.numbers(folder)]
        self._window = DedupeWindow(span_ms=limits.dedupe_window_ms)
        if not self.segments:
            self.segments.append(self._create(number=1, first_offset=1, positions=()))
        self._open()

    @property
    def newest_offset(self) -> int:
        return self._next_offset - 1

    def commit(self, appends: Sequence[Append]) -> list[list[Appended]]:
        """Store everything in one transaction; return when it is on disk. Raises sqlite3.Error or OSError."""
        now_ms = epoch_ms(self._clock.now())
        self.roll_if_due(now_ms)
        rows: list[segments.Row] = []
        answers = self._plan(appends, rows, now_ms)
        self._connection.execute("BEGIN IMMEDIATE")
        self._insert(rows)
        for append in appends:
            if append.position is not None:
                place = (append.position.name, append.position.value)
                self._connection.execute("INSERT OR REPLACE INTO positions VALUES (?, ?)", place)
        self._connection.execute("COMMIT")
        self._next_offset += len(rows)
        self._checkpoints.count(len(rows), connection=self._connection)
        return answers

    def roll_if_due(self, now_ms: int) -> None:
        """Begin the next segment when this one is old or full."""
        if self._is_full(now_ms):
            self._roll(now_ms)

    def recover(self) -> None:
        """After a failed commit: begin anew from what is on disk. Raises sqlite3.Error if even that fails."""
        self._shut()
        self._open()

    def forget(self, gone: Sequence[Segment]) -> None:
        """Drop closed segments from view; their files are the caller's to remove."""
        numbers = {segment.number for segment in gone} - {self.segments[-1].number}
        self.segments = [segment for segment in self.segments if segment.number not in numbers]
        self._window.forget(numbers)

    def positions(self) -> dict[str, int]:
        """Return every position, as committed."""
        return dict(self._connection.execute("SELECT name, value FROM positions"))

    def close(self) -> None:
        """Let go of all files."""
        self._window.close()
        self._shut()

    # -- one commit -------------------------------------------------------------------------------------

    def _plan(self, appends: Sequence[Append], rows: list[segments.Row], now_ms: int) -> list[list[Appended]]:
        """Decide for each record whether it is new; fill `rows` with those that are."""
        records = [record for append in appends for record in append.records]
        earlier = self._earlier(records, now_ms)
        return [[self._place(record, earlier, rows) for record in append.records] for append in appends]

    def _place(self, record: Record, earlier: dict[tuple[str, str], int], rows: list[segments.Row]) -> Appended:
        name = (record.source, record.message_id)
        first = earlier.get(name)
        if first is not None:
            return Appended(first, is_duplicate=True)
        offset = self._next_offset + len(rows)
        earlier[name] = offset
        rows.append(segments.to_row(offset, record))
        return Appended(offset, is_duplicate=False)

    def _earlier(self, records: list[Record], now_ms: int) -> dict[tuple[str, str], int]:
        """Return where those of `records` are that were stored within the window."""
        wanted = {segments.index_key(record.source, record.message_id): record for record in records}
        found = self._window.find(wanted, newest=self._connection, known=self.segments, now_ms=now_ms)
        return {(record.source, record.message_id): offset for record, offset in found}

    def _insert(self, rows: list[segments.Row]) -> None:
        insert = self._connection.execute
        for part in _parts(rows):
            insert(_INSERT_EVENTS[len(part)], [value for row in part for value in row])
        index = sorted((segments.index_key(row[1], row[2]), row[0]) for row in rows)
        for ids in _parts(index):
            insert(_INSERT_IDS[len(ids)], [value for pair in ids for value in pair])

    # -- one segment after the other ------------------------------------------------------------------------

    def _is_full(self, now_ms: int) -> bool:
        newest = self.segments[-1]
        count = self._next_offset - newest.first_offset
        if count == 0:
            return False
        width = self._limits.widened(self._window.reach)
        is_old = now_ms - newest.opened_at_ms >= self._limits.segment_age_ms * width
        is_large = newest.size_bytes() >= self._limits.segment_bytes * width
        return is_old or is_large or count >= self._limits.segment_records * width

    def _roll(self, now_ms: int) -> None:
        closed = self.segments[-1]
        positions = self.positions().items()
        fresh = self._create(number=closed.number + 1, first_offset=self._next_offset, positions=tuple(positions))
        self.segments.append(fresh)
        self._shut()
        self._open()
        logger.info("log_segment_opened", number=fresh.number, first_offset=fresh.first_offset, at_ms=now_ms)

    def _create(self, *, number: int, first_offset: int, positions: Sequence[tuple[str, int]]) -> Segment:
        now_ms = epoch_ms(self._clock.now())
        return segments.create(
            self._folder, number=number, first_offset=first_offset, now_ms=now_ms, positions=positions
        )

    def _open(self) -> None:
        self._connection = segments.connect(self.segments[-1].path, read_only=False)
        for pragma in segments.WRITER_PRAGMAS:
            self._connection.execute(pragma)
        self._checkpoints = Checkpoints(self.segments[-1].path)
        self._next_offset = segments.newest_offset(self._connection) + 1

    def _shut(self) -> None:
        self._checkpoints.close()
        self._connection.close()


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut `rows` into runs as long as the prepared statements."""
    start = 0
    for size in ROWS_AT_ONCE:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


def _statements(table: str, columns: int) -> dict[int, str]:
    row = f"({', '.join('?' * columns)})"
    return {size: f"INSERT OR REPLACE INTO {table} VALUES {', '.join([row] * size)}" for size in ROWS_AT_ONCE}  # noqa: S608


_INSERT_EVENTS = _statements("events", segments.COLUMN_COUNT)
_INSERT_IDS = _statements("ids", 2)
