"""Runs the syncs of all warehouses: when their time has come, or when somebody asks. One at a time for each.

What was asked for is in the workspace, what became of it in `syncs.db`: a restart forgets neither. A sync that was
interrupted is begun again. `close` ends those under way; they go on where their warehouse is.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms, wait_for
from headwater.core.errors import HeadwaterError
from headwater.lake.warehouses import sync_process
from headwater.lake.warehouses.sync_history import SyncBook, SyncRecord, SyncState
from headwater.lake.warehouses.sync_words import REFUSED, UP_TO_DATE, SyncOrders, Word
from headwater.workspace.warehouses import Warehouse

MS_PER_SECOND = 1_000
RETRY_SECONDS = 300  # after one that failed, where the schedule isn't sooner
SAVE_EVERY_SECONDS = 1.0
SYNCS_AT_ONCE = 2  # of all warehouses: each is a process, with memory of its own

logger = structlog.get_logger(__name__)

# Gives the orders of a sync, with secrets in clear, once the log is in the lake. Raises a HeadwaterError.
Prepare = Callable[[Warehouse], Awaitable[SyncOrders]]


class SyncKeeper:
    """`start` it on a running loop. `configuration` gives the warehouses there are."""

    def __init__(
        self,
        path: Path,
        *,
        configuration: Callable[[], Awaitable[Sequence[Warehouse]]],
        prepare: Prepare,
        clock: Clock,
    ) -> None:
        self._path = path
        self._configuration = configuration
        self._prepare = prepare
        self._clock = clock
        self._book: SyncBook | None = None
        self._lanes: dict[str, _Lane] = {}
        self._turns = asyncio.Semaphore(SYNCS_AT_ONCE)

    async def reconfigure(self) -> None:
        """Do as configured now; those that are gone are left alone from now on. It stops nobody else."""
        try:
            found = {one.id: one for one in await self._configuration()}
            if not found and self._book is None:
                return
            book = self._opened()
        except (OSError, sqlite3.Error, HeadwaterError) as error:
            logger.error("syncs_not_run", reason=str(error))  # noqa: TRY400
            return
        for gone in self._lanes.keys() - found.keys():
            await self._lanes.pop(gone).close()
            book.forget(gone)
        for warehouse in found.values():
            lane = self._lanes.get(warehouse.id)
            if lane is None:
                lane = self._lanes[warehouse.id] = _Lane(book, self._prepare, turns=self._turns, clock=self._clock)
            lane.configure(warehouse)

    async def close(self) -> None:
        """End what is under way."""
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))
        self._lanes.clear()
        if self._book is not None:
            self._book.close()
            self._book = None

    def _opened(self) -> SyncBook:
        if self._book is None:
            self._book = SyncBook(self._path)
        return self._book


class _Lane:
    """The syncs of one warehouse."""

    def __init__(self, book: SyncBook, prepare: Prepare, *, turns: asyncio.Semaphore, clock: Clock) -> None:
        self._turns = turns
        self._book = book
        self._prepare = prepare
        self._clock = clock
        self._warehouse: Warehouse | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._saved_at = 0.0

    def configure(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"syncs of {warehouse.name}")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            # A full disk, most likely: the history can't be written. Other warehouses go on.
            except (OSError, sqlite3.Error) as error:
                logger.error("syncs_stopped", reason=repr(error), restart_in_seconds=RETRY_SECONDS)  # noqa: TRY400
                await self._clock.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        while True:
            self._changed.clear()
            warehouse = self._warehouse
            assert warehouse is not None  # noqa: S101  `configure` has set it
            newest = self._book.newest(warehouse.id)
            due = due_in_seconds(warehouse, newest, now_ms=epoch_ms(self._clock.now()), has=self._book.has)
            if due is not None and due <= 0:
                async with self._turns:
                    await self._sync(warehouse, newest)
            else:
                await wait_for(self._changed, clock=self._clock, seconds=due)

    async def _sync(self, warehouse: Warehouse, newest: SyncRecord | None) -> None:
        wanted = warehouse.wanted_sync
        is_wanted = wanted is not None and not self._book.has(wanted)
        is_again = newest is not None and newest.state in (SyncState.RUNNING, SyncState.INTERRUPTED)
        record = SyncRecord(
            id=wanted if is_wanted and wanted else newest.id if is_again and newest else ids.new_short_id("syn_"),
            warehouse=warehouse.id,
            state=SyncState.RUNNING,
            is_scheduled=newest.is_scheduled if is_again and newest and not is_wanted else not is_wanted,
            began_at_ms=epoch_ms(self._clock.now()),
        )
        self._book.save(record)
        try:
            record = await self._ran(warehouse, record)
        except asyncio.CancelledError:
            self._end(msgspec.structs.replace(record, state=SyncState.INTERRUPTED))
            raise
        # Every Exception: whatever is wrong with one warehouse, its own history says so, and the others go on.
        except Exception as error:  # noqa: BLE001  logged, and tried again
            reason = error.message if isinstance(error, HeadwaterError) else repr(error)
            record = msgspec.structs.replace(record, state=SyncState.FAILED, reason=reason)
        self._end(record)
        if record.state is not SyncState.DONE:
            logger.warning("sync_not_done", warehouse=warehouse.name, state=record.state, reason=record.reason)

    async def _ran(self, warehouse: Warehouse, record: SyncRecord) -> SyncRecord:
        orders = await self._prepare(warehouse)
        async with contextlib.aclosing(sync_process.words(orders)) as words:
            async for word in words:
                record = after(record, word)
                self._save_now_and_then(record)
        return record

    def _save_now_and_then(self, record: SyncRecord) -> None:
        if (now := self._clock.monotonic()) - self._saved_at >= SAVE_EVERY_SECONDS:
            self._saved_at = now
            self._book.save(record)

    def _end(self, record: SyncRecord) -> None:
        self._book.save(msgspec.structs.replace(record, ended_at_ms=epoch_ms(self._clock.now())))


def due_in_seconds(
    warehouse: Warehouse, newest: SyncRecord | None, *, now_ms: int, has: Callable[[str], bool]
) -> float | None:
    """Return in how long the next sync is due, None where nobody wants one. `has` tells whether one was begun."""
    if not warehouse.enabled:
        return None
    if warehouse.wanted_sync is not None and not has(warehouse.wanted_sync):
        return 0
    if newest is not None and newest.state in (SyncState.RUNNING, SyncState.INTERRUPTED):
        return 0
    if warehouse.schedule_seconds is None:
        return None
    if newest is None:
        return 0
    rest = warehouse.schedule_seconds
    if newest.state is SyncState.FAILED:
        rest = min(rest, RETRY_SECONDS)
    return (newest.began_at_ms - now_ms) / MS_PER_SECOND + rest


def after(record: SyncRecord, word: Word) -> SyncRecord:
    """Return what a word makes of a sync. Pure."""
    report = record.report
    if word.table is not None and (word.table.state != UP_TO_DATE or word.table.changes):
        report = (*report, word.table)
    state, reason = record.state, word.reason or " ".join(word.notes)
    if word.is_end:
        is_partly = any(table.state == REFUSED for table in report)
        state = SyncState.FAILED if word.reason else SyncState.PARTLY if is_partly else SyncState.DONE
    return msgspec.structs.replace(
        record,
        state=state,
        rows=word.rows,
        tables_done=word.tables_done,
        tables=word.tables,
        reason=reason,
        report=report,
    )
