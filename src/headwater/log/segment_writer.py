"""The one hand that writes segments: whole commits, deduplicated, on the writer's thread.

The fewer statements a commit takes, the less often two threads hand the interpreter to each other, and the fewer
pages it touches, the less there is to write: so a commit is one row, mostly.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms
from headwater.core.event import Record
from headwater.log import chunks, id_keys, segments
from headwater.log.checkpoints import Checkpoints
from headwater.log.dedupe_window import DedupeWindow
from headwater.log.event_log import Appended, Position
from headwater.log.log_limits import LogLimits
from headwater.log.segments import Segment

logger = structlog.get_logger(__name__)

_INSERT = "INSERT INTO chunks VALUES (?, ?, ?)"


class Append(msgspec.Struct, frozen=True, gc=False):
    """What one caller wants stored, all or none."""

    records: Sequence[Record]
    position: Position | None = None


class _Plan:
    """What a commit will store: the new ones among the records, in order, with their index keys."""

    def __init__(self, next_offset: int) -> None:
        self.next_offset = next_offset
        self.records: list[Record] = []
        self.keys: list[bytes] = []

    def place(self, record: Record, key: bytes, earlier: dict[tuple[str, str], int]) -> Appended:
        name = (record.source, record.message_id)
        first = earlier.get(name)
        if first is not None:
            return Appended(first, is_duplicate=True)
        offset = earlier[name] = self.next_offset + len(self.records)
        self.records.append(record)
        self.keys.append(key)
        return Appended(offset, is_duplicate=False)


class SegmentWriter:
    """Owns the folder of segments. Not for two threads at once."""

    def __init__(self, folder: Path, *, clock: Clock, limits: LogLimits) -> None:
        self._folder = folder
        self._clock = clock
        self._limits = limits
        segments.refuse_older(folder)
        folder.mkdir(exist_ok=True)
        self.segments = [segments.describe(segments.path_of(folder, number)) for number in segments.numbers(folder)]
        self._window = DedupeWindow(span_ms=limits.dedupe_window_ms, keys_in_memory=limits.keys_in_memory)
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
        plan = _Plan(self._next_offset)
        answers = self._placed(appends, plan, now_ms)
        positions = [append.position for append in appends if append.position is not None]
        written = self._write(plan.records, positions)
        self._next_offset += len(plan.records)
        self._window.add(self.segments[-1], plan.keys)
        self._bytes += written
        self._checkpoints.count(written, connection=self._connection)
        return answers

    def roll_if_due(self, now_ms: int) -> None:
        """Begin the next segment when this one is old or full."""
        if self._is_full(now_ms):
            self._roll(now_ms)

    def start_over(self) -> None:
        """Begin a segment behind all there is, and remove those before it, unread or not. Offsets go on."""
        if self._next_offset > self.segments[-1].first_offset:
            self._roll(epoch_ms(self._clock.now()))
        gone = self.segments[:-1]
        self.forget(gone)
        for segment in gone:
            segments.remove(segment.path)

    def recover(self) -> None:
        """After a failed commit: begin anew from what is on disk. Raises what keeps it from that."""
        self._window.forget([self.segments[-1].number])
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

    def _placed(self, appends: Sequence[Append], plan: _Plan, now_ms: int) -> list[list[Appended]]:
        """Decide for each record whether it is new, and where it goes."""
        keyed = [
            [(id_keys.key_of(record.source, record.message_id), record) for record in append.records]
            for append in appends
        ]
        wanted = {key: record for pairs in keyed for key, record in pairs}
        found = self._window.find(wanted, known=self.segments, newest_offset=self.newest_offset, now_ms=now_ms)
        earlier = {(record.source, record.message_id): offset for record, offset in found}
        return [[plan.place(record, key, earlier) for key, record in pairs] for pairs in keyed]

    def _write(self, records: list[Record], positions: list[Position]) -> int:
        """Store it all or nothing; return how many bytes that were."""
        rows = list(_rows(records, self._next_offset))
        is_one_statement = len(rows) == 1 and not positions
        if not is_one_statement:
            self._connection.execute("BEGIN IMMEDIATE")
        for row in rows:
            self._connection.execute(_INSERT, row)
        for position in positions:
            place = (position.name, position.value)
            self._connection.execute("INSERT OR REPLACE INTO positions VALUES (?, ?)", place)
        if not is_one_statement:
            self._connection.execute("COMMIT")
        return sum(len(row[2]) for row in rows)

    # -- one segment after the other ------------------------------------------------------------------------

    def _is_full(self, now_ms: int) -> bool:
        newest = self.segments[-1]
        count = self._next_offset - newest.first_offset
        if count == 0:
            return False
        width = self._limits.widened(self._window.reach)
        return (
            count >= self._limits.segment_records * width
            or self._bytes >= self._limits.segment_bytes * width
            or now_ms - newest.opened_at_ms >= self._limits.segment_age_ms * width
        )

    def _roll(self, now_ms: int) -> None:
        closed = self.segments[-1]
        positions = self.positions().items()
        fresh = self._create(number=closed.number + 1, first_offset=self._next_offset, positions=tuple(positions))
        self.segments.append(fresh)
        self._window.end(closed)
        self._shut()
        self._open()
        logger.info("log_segment_opened", number=fresh.number, first_offset=fresh.first_offset, at_ms=now_ms)

    def _create(self, *, number: int, first_offset: int, positions: Sequence[tuple[str, int]]) -> Segment:
        now_ms = epoch_ms(self._clock.now())
        return segments.create(
            self._folder, number=number, first_offset=first_offset, now_ms=now_ms, positions=positions
        )

    def _open(self) -> None:
        # Here, and not where the file is made: no commit goes into a segment whose name a power cut could take, and
        # one whose name is there is never made a second time, under readers who have it open.
        segments.sync_folder(self._folder)
        newest = self.segments[-1]
        self._connection = segments.connect(newest.path, mode="rw")
        for pragma in segments.WRITER_PRAGMAS:
            self._connection.execute(pragma)
        self._checkpoints = Checkpoints(newest.path)
        self._next_offset = segments.newest_offset(self._connection) + 1
        self._bytes = newest.size_bytes()

    def _shut(self) -> None:
        self._checkpoints.close()
        self._connection.close()


def _rows(records: list[Record], first_offset: int) -> Iterator[tuple[int, int, bytes]]:
    for start in range(0, len(records), chunks.MOST_RECORDS):
        part = records[start : start + chunks.MOST_RECORDS]
        yield first_offset + start, len(part), chunks.encode(part)
