"""The SQLite log's writing side: one thread, group commit, deduplication in the appending transaction.

Whatever waits when a commit begins goes into that commit, so concurrent appends share one fsync, and a lone
append waits for nobody.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import UnavailableError
from headwater.core.event import Record
from headwater.log.event_log import Appended, LogClosedError, LogOverloadedError, Position
from headwater.log.log_limits import LogLimits
from headwater.log.segment_writer import Append, SegmentWriter
from headwater.log.segments import Segment

logger = structlog.get_logger(__name__)

Answers = list[list[Appended]]


class LogWriteError(UnavailableError):
    """The event log could not be written (is the disk full?). Nothing was stored; try again in a moment."""

    code = "log_write_failed"


class _Job(msgspec.Struct, frozen=True, eq=False):
    append: Append
    size_bytes: int
    future: asyncio.Future[list[Appended]]


class _Chore(msgspec.Struct, frozen=True, eq=False):
    """Something to do on the writer's thread between two commits."""

    do: Callable[[], None]
    future: asyncio.Future[None]


class SqliteLogWriter:
    """The `Appender` on a folder of SQLite files. Exactly one process may hold it."""

    def __init__(self, folder: Path, *, clock: Clock, limits: LogLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or LogLimits()
        self._writer = SegmentWriter(folder, clock=clock, limits=self._limits)
        self._positions = self._writer.positions()
        self._newest_offset = self._writer.newest_offset
        self._jobs: queue.SimpleQueue[list[_Job] | _Chore | None] = queue.SimpleQueue()
        self._gathered: list[_Job] = []  # by this turn of the event loop, for the writer's thread
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

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments there are, oldest first; the last one is being written."""
        return tuple(self._writer.segments)

    def on_append(self, listener: Callable[[int], None]) -> None:
        """Call `listener(newest_offset)` on the event loop after each commit that stored something."""
        self._on_append.append(listener)

    async def append(self, records: Sequence[Record], *, position: Position | None = None) -> list[Appended]:
        if self._is_closed:
            raise LogClosedError
        size_bytes = sum([len(record.body) for record in records])
        if self._pending_bytes + size_bytes > self._limits.pending_bytes:
            raise LogOverloadedError
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Appended]] = self._loop.create_future()
        self._pending_bytes += size_bytes
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(_Job(Append(records, position), size_bytes, future))
        return await future

    async def position(self, name: str) -> int:
        return self._positions.get(name, 0)

    async def roll_if_due(self) -> None:
        """Begin the next segment when the newest is old; an append does it, too. Raises LogWriteError."""
        await self._between_commits(lambda: self._writer.roll_if_due(epoch_ms(self._clock.now())))

    async def forget(self, gone: Sequence[Segment]) -> None:
        """Let go of closed segments: from here on nobody in this process opens their files."""
        await self._between_commits(lambda: self._writer.forget(gone))

    async def start_over(self) -> None:
        """Forget every record; positions stay, and offsets go on. For the emulator: no reader is waited for."""
        await self._between_commits(self._writer.start_over)

    async def close(self) -> None:
        """Commit what waits, then close. Later appends raise LogClosedError."""
        self._is_closed = True
        self._hand_over()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        """Give the writer what this turn of the loop has brought, at once: waking a thread costs more than a job."""
        if self._gathered:
            self._jobs.put(self._gathered)
            self._gathered = []

    async def _between_commits(self, do: Callable[[], None]) -> None:
        if self._is_closed:
            raise LogClosedError
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = self._loop.create_future()
        self._jobs.put(_Chore(do, future))
        await future

    # -- the writer thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, chore, is_open = self._gather()
            if jobs:
                self._call_back(self._resolve, jobs, self._commit(jobs))
            if chore is not None:
                self._call_back(_finish, chore.future, self._attempt(chore.do))
        self._writer.close()

    def _gather(self) -> tuple[list[_Job], _Chore | None, bool]:
        """Wait for jobs and take whatever else is there, up to a full commit, a chore or the end."""
        jobs: list[_Job] = []
        count = 0
        more = self._jobs.get()
        while isinstance(more, list):
            jobs += more
            count += sum([len(job.append.records) for job in more])
            if count >= self._limits.commit_records:
                return jobs, None, True
            try:
                more = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, None, True
        return jobs, more, more is not None

    def _commit(self, jobs: list[_Job]) -> Answers | UnavailableError:
        answers: Answers = []
        appends = [job.append for job in jobs]
        failure = self._attempt(lambda: answers.extend(self._writer.commit(appends)))
        if failure is not None:
            return failure
        self._newest_offset = self._writer.newest_offset
        self._positions.update({one.position.name: one.position.value for one in appends if one.position})
        return answers

    def _attempt(self, do: Callable[[], None]) -> UnavailableError | None:
        """Touch the disk. When it fails, what is committed is what counts, and the next attempt may do better."""
        try:
            do()
        # Every Exception: without this thread all callers would wait for ever, and no restart be in sight.
        except Exception as error:  # noqa: BLE001  told, answered with a 503, and recovered from
            self._recover(error)
            return LogWriteError()
        return None

    def _recover(self, error: Exception) -> None:
        with contextlib.suppress(OSError):  # a full disk may be the logger's, too
            logger.error("log_write_failed", reason=repr(error))
        with contextlib.suppress(sqlite3.Error, OSError):  # then the next attempt fails, and tries this again
            self._writer.recover()

    def _call_back(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None and not self._loop.is_closed():  # else nobody is left to hear it
            self._loop.call_soon_threadsafe(function, *arguments)

    # -- back on the event loop ---------------------------------------------------------------------------

    def _resolve(self, jobs: list[_Job], outcome: Answers | UnavailableError) -> None:
        """Wake the callers, tell the listeners."""
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
                listener(self._newest_offset)


def _finish(future: asyncio.Future[None], failure: UnavailableError | None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(None)
    else:
        future.set_exception(failure)
