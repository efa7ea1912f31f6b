"""The reader that keeps the schema view: the only writer of `live.db`, with a cursor of its own in the log.

It never competes with collecting: after each pass it rests three times as long as the pass took, a second at
least, and it reads only when it was woken. It lags under load, and says how far it is.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import structlog

from headwater.core.clock import Clock, epoch_ms
from headwater.core.event import Stored
from headwater.live import live_tables, schema_book
from headwater.live.limits import SchemaLimits
from headwater.live.schema_book import Progress
from headwater.live.sightings import Sightings
from headwater.log.event_log import Reader

Result = TypeVar("Result")

DEFAULT_LIMITS = SchemaLimits()

logger = structlog.get_logger(__name__)


class SchemaReader:
    """Counts what the log holds into `path`. `start` it on a running loop; `close` it before the log's reader."""

    def __init__(self, path: Path, *, reader: Reader, clock: Clock, limits: SchemaLimits = DEFAULT_LIMITS) -> None:
        self._path = path
        self._reader = reader
        self._clock = clock
        self._limits = limits
        self._thread = ThreadPoolExecutor(1, "live-write")
        self._connection: sqlite3.Connection | None = None
        self._progress = Progress()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin where the last run stopped. Nothing it may meet stops anybody else."""
        self._woken.set()
        self._task = asyncio.create_task(self._run(), name="schema-reader")

    def wake(self) -> None:
        """The log has grown."""
        self._woken.set()

    async def cursor(self) -> int:
        """Return the offset up to which everything is counted and saved; 0 until the file is open."""
        return self._progress.cursor

    async def close(self) -> None:
        """Stop, and let go of the file. What wasn't saved is counted by the next run."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._in_thread(self._let_go)
        self._thread.shutdown()

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            # Every Exception: a full disk or a damaged live.db is this view's trouble only; delivery goes on beside it.
            except Exception as error:  # noqa: BLE001  logged, and tried again
                pause = self._limits.rest_after_failure_seconds
                logger.error("schema_view_stopped", reason=repr(error), restart_in_seconds=pause)  # noqa: TRY400
                await self._clock.sleep(pause)
                self._woken.set()

    async def _follow(self) -> None:
        await self._begin()
        while True:
            await self._woken.wait()
            self._woken.clear()
            began = self._clock.monotonic()
            if await self._pass():
                self._woken.set()
            rest = self._limits.rest_per_pass * (self._clock.monotonic() - began)
            await self._clock.sleep(max(rest, self._limits.shortest_rest_seconds))

    async def _begin(self) -> None:
        """Open the file if it isn't, and read where to go on: after a failure, what is saved is what counts."""
        saved = await self._in_thread(self._opened)
        # A log put back to an older state gives its offsets out anew: what comes then is new to us.
        cursor = min(saved.cursor, await self._reader.head())
        self._progress = Progress(cursor=cursor, at_ms=saved.at_ms, not_seen=saved.not_seen)

    async def _pass(self) -> bool:
        """Read a stretch of the log and save it in one write; tell whether there may be more."""
        limits, sightings, moved = self._limits, Sightings(), self._progress
        taken, has_more = 0, True
        while has_more and taken < limits.records_per_pass and sightings.size < limits.entries_per_pass:
            records = await self._reader.read(after=moved.cursor, limit=limits.records_per_read)
            has_more = len(records) == limits.records_per_read
            number = await self._count(sightings, records)
            has_more = has_more or number < len(records)
            moved = _after(moved, records[:number])
            taken += number
        if taken:
            await self._in_thread(lambda: self._save(sightings, moved))
            self._progress = moved
        return has_more

    async def _count(self, sightings: Sightings, records: list[Stored]) -> int:
        # In the thread: the loop is the deliveries', too.
        return await self._in_thread(lambda: sightings.take(records, max_size=self._limits.entries_per_pass))

    def _opened(self) -> Progress:
        if self._connection is None:
            self._connection = live_tables.open_for_writing(self._path)
        return schema_book.progress(self._connection)

    def _save(self, sightings: Sightings, moved: Progress) -> None:
        assert self._connection is not None  # noqa: S101  `_begin` has opened it
        now_ms = epoch_ms(self._clock.now())
        schema_book.save(self._connection, sightings, moved, limits=self._limits, now_ms=now_ms)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _after(before: Progress, records: list[Stored]) -> Progress:
    """Return the progress once `records` are counted. Offsets grow by one, so those missing were taken away."""
    if not records:
        return before
    last = records[-1]
    return Progress(
        cursor=last.offset,
        at_ms=last.record.received_at_ms,
        not_seen=before.not_seen + last.offset - before.cursor - len(records),
    )
