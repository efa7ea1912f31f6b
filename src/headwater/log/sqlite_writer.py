"""The SQLite log's writing side: one thread, group commit, deduplication in the appending transaction.

Whatever waits when a commit begins goes into that commit, so concurrent appends share one fsync, and a lone
append waits for nobody.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import UnavailableError
from headwater.core.event import Record
from headwater.log import segments
from headwater.log.event_log import Appended, LogClosedError, LogOverloadedError, Position

logger = structlog.get_logger(__name__)

DAY_MS = 24 * 60 * 60 * 1000


class LogWriteError(UnavailableError):
    """The event log could not be written (is the disk full?). Nothing was stored; try again in a moment."""

    code = "log_write_failed"


class LogLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the log."""

    dedupe_window_ms: int = DAY_MS
    segment_age_ms: int = DAY_MS
    segment_records: int = 4_000_000
    commit_records: int = 5_000
    pending_bytes: int = 64 * 1024 * 1024


class _Job(msgspec.Struct, frozen=True, eq=False):
    records: Sequence[Record]
    position: Position | None
    size_bytes: int
    future: asyncio.Future[list[Appended]]


class SqliteLogWriter:
    """The `Appender` on one SQLite file. Exactly one process may hold it."""

    def __init__(self, path: Path, *, clock: Clock, limits: LogLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or LogLimits()
        self._connection = segments.connect(path, read_only=False)
        segments.prepare(self._connection)
        self._segments: list[segments.Segment] = []
        self._next_offset = 1
        self._newest_offset = 0
        self._positions: dict[str, int] = {}
        self._reload()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._pending_bytes = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_append: list[Callable[[int], None]] = []
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def newest_offset(self) -> int:
        """The offset of the newest committed record."""
        return self._newest_offset

    def on_append(self, listener: Callable[[int], None]) -> None:
        """Call `listener(newest_offset)` on the event loop after each commit that stored something."""
        self._on_append.append(listener)

    async def append(self, records: Sequence[Record], *, position: Position | None = None) -> list[Appended]:
        if self._is_closed:
            raise LogClosedError
        size_bytes = sum(len(record.body) for record in records)
        if self._pending_bytes + size_bytes > self._limits.pending_bytes:
            raise LogOverloadedError
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Appended]] = self._loop.create_future()
        self._pending_bytes += size_bytes
        self._jobs.put(_Job(records, position, size_bytes, future))
        return await future

    async def position(self, name: str) -> int:
        return self._positions.get(name, 0)

    async def close(self) -> None:
        """Commit what waits, then close. Later appends raise LogClosedError."""
        self._is_closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    # -- the writer thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._gather()
            if jobs:
                self._answer(jobs, self._commit(jobs))
        self._connection.close()

    def _gather(self) -> tuple[list[_Job], bool]:
        """Wait for one job and take whatever else is there, up to a full commit."""
        jobs: list[_Job] = []
        count = 0
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            count += len(job.records)
            if count >= self._limits.commit_records:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> list[list[Appended]] | UnavailableError:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            answers = [self._store(job) for job in jobs]
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            logger.error("log_write_failed", reason=str(error))  # noqa: TRY400  the reason says it all
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._reload()
            return LogWriteError()
        self._newest_offset = self._next_offset - 1
        self._positions.update({job.position.name: job.position.value for job in jobs if job.position})
        return answers

    def _answer(self, jobs: list[_Job], outcome: list[list[Appended]] | UnavailableError) -> None:
        if self._loop is None or self._loop.is_closed():
            return  # nobody is left to hear it; what was committed stays committed
        self._loop.call_soon_threadsafe(self._resolve, jobs, outcome)

    def _resolve(self, jobs: list[_Job], outcome: list[list[Appended]] | UnavailableError) -> None:
        """Back on the event loop: wake the callers, tell the listeners."""
        for number, job in enumerate(jobs):
            self._pending_bytes -= job.size_bytes
            if job.future.done():
                continue  # the caller went away
            if isinstance(outcome, UnavailableError):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome[number])
        if not isinstance(outcome, UnavailableError):
            for listener in self._on_append:
                listener(self.newest_offset)

    def _store(self, job: _Job) -> list[Appended]:
        answers: list[Appended] = []
        rows: list[segments.Row] = []
        now_ms = epoch_ms(self._clock.now())
        segment = self._current_segment(now_ms)
        for record in job.records:
            key = segments.index_key(record.source, record.message_id)
            first = self._first_seen(record, key, rows, now_ms)
            if first is not None:
                answers.append(Appended(first, is_duplicate=True))
                continue
            offset = self._next_offset
            self._next_offset += 1
            self._connection.execute(f"INSERT OR REPLACE INTO {segment.ids} VALUES (?, ?)", (key, offset))  # noqa: S608
            rows.append(segments.to_row(offset, record))
            answers.append(Appended(offset, is_duplicate=False))
        self._connection.executemany(f"INSERT INTO {segment.events} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608
        if job.position is not None:
            position = (job.position.name, job.position.value)
            self._connection.execute("INSERT OR REPLACE INTO positions VALUES (?, ?)", position)
        return answers

    def _first_seen(self, record: Record, key: bytes, rows: list[segments.Row], now_ms: int) -> int | None:
        """Return the offset under which this record was stored within the window, or None."""
        oldest_ms = now_ms - self._limits.dedupe_window_ms
        for number in range(len(self._segments) - 1, -1, -1):
            if number + 1 < len(self._segments) and self._segments[number + 1].opened_at_ms < oldest_ms:
                return None  # this segment was closed before the window began, and so were all older ones
            offset = self._indexed(self._segments[number], key)
            if offset is not None and self._is_hit(self._segments[number], offset, record, rows, oldest_ms):
                return offset
        return None

    def _indexed(self, segment: segments.Segment, key: bytes) -> int | None:
        found = self._connection.execute(f"SELECT offset FROM {segment.ids} WHERE id = ?", (key,)).fetchone()  # noqa: S608
        return None if found is None else int(found[0])

    def _is_hit(
        self, segment: segments.Segment, offset: int, record: Record, rows: list[segments.Row], oldest_ms: int
    ) -> bool:
        """Tell whether the indexed event is this one (hashes can collide) and inside the window."""
        if rows and offset >= rows[0][0]:  # stored a moment ago by this very call, not yet in the table
            _, source, message_id, _, _, _, received_at_ms, _, _ = rows[offset - rows[0][0]]
        else:
            found: Any = self._connection.execute(
                f"SELECT source, message_id, received_at_ms FROM {segment.events} WHERE offset = ?",  # noqa: S608
                (offset,),
            ).fetchone()
            if found is None:
                return False
            source, message_id, received_at_ms = found
        is_same = (source, message_id) == (record.source, record.message_id)
        return is_same and received_at_ms >= oldest_ms

    def _current_segment(self, now_ms: int) -> segments.Segment:
        newest = self._segments[-1] if self._segments else None
        if newest is None or self._is_full(newest, now_ms):
            newest = segments.open_next(self._connection, first_offset=self._next_offset, now_ms=now_ms)
            self._segments.append(newest)
        return newest

    def _is_full(self, segment: segments.Segment, now_ms: int) -> bool:
        is_old = now_ms - segment.opened_at_ms >= self._limits.segment_age_ms
        return is_old or self._next_offset - segment.first_offset >= self._limits.segment_records

    def _reload(self) -> None:
        """Learn from the file what is committed; also after a failed commit, whose numbers are void."""
        self._segments = segments.load(self._connection)
        self._newest_offset = segments.newest_offset(self._connection, self._segments)
        self._next_offset = self._newest_offset + 1
        self._positions = dict(self._connection.execute("SELECT name, value FROM positions"))
