"""Keeps firings, behind the flows: nobody waits for it, and nothing depends on it.

What is noted is in `actions.db` within a tenth of a second, written in batches. When more comes than can be written,
or the disk is full, the newest notes are dropped, and counted.
"""

import asyncio
import contextlib
import functools
import itertools
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import structlog

from headwater.actions.firing import Firing
from headwater.actions.journal.journal_file import JournalFile, Note
from headwater.actions.journal.limits import DEFAULT_LIMITS, JournalLimits
from headwater.core.clock import Clock, epoch_ms, wait_for
from headwater.core.event import ACTIONS_SOURCE, Stored
from headwater.core.secrets import Sealer

Result = TypeVar("Result")

TOO_MANY = "there is more than can be written"
STOPPING = "the server stops"
UNFIT = "they can't be written down"

logger = structlog.get_logger(__name__)


class JournalKeeper:
    """The `Journal` of an installation. `start` it on a running loop, `close` it after the last flow.

    Raises NewerJournalError when built on a newer release's file; other trouble with the file costs rows only.
    `not_kept` counts them since the start.
    """

    def __init__(self, path: Path, *, sealer: Sealer, clock: Clock, limits: JournalLimits = DEFAULT_LIMITS) -> None:
        self.not_kept = 0
        self._file = JournalFile(path, sealer=sealer, limits=limits)
        self._clock = clock
        self._limits = limits
        self._thread = ThreadPoolExecutor(1, "actions-write")
        self._waiting: deque[Note] = deque()
        self._turn = asyncio.Lock()
        self._waiting_bytes = 0
        self._noted = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._rows_since_sweep = 0
        self._sweep_at = self._complain_at = clock.monotonic()

    def start(self) -> None:
        """Begin to write."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._keep_writing(), name="actions-journal")

    def note(self, firing: Firing) -> None:
        """Keep it, soon: never waits, never raises. From any thread."""
        size, limits = _size(firing), self._limits
        is_full = len(self._waiting) >= limits.waiting_firings or self._waiting_bytes + size > limits.waiting_bytes
        if is_full or self._loop is None:
            self._drop(1, reason=TOO_MANY if is_full else STOPPING)
            return
        self._waiting_bytes += size
        self._add(firing, self._loop)

    def moved(self, records: Sequence[Stored]) -> None:
        """The relay has put these into the log: remember where the queued Actions among them are."""
        for stored in records:
            has_room = len(self._waiting) < self._limits.waiting_firings
            if stored.record.source == ACTIONS_SOURCE and has_room and self._loop is not None:
                self._add(stored, self._loop)

    async def last_offset(self) -> int:
        """Return up to where in the log queued firings are known; 0 where the file doesn't say."""
        return await self._try(self._file.last_offset) or 0

    async def keep_found(self, found: Sequence[Stored]) -> None:
        """Keep what was found in the log. Whoever finds more waits for it."""
        if found and (unfit := await self._try(functools.partial(self._file.save, found))):
            self._drop(unfit, reason=UNFIT)

    async def close(self) -> None:
        """Write what was noted, then let go of the file. Raises nothing: what goes wrong is in the logger."""
        self._loop = None  # what is noted from now on is too late
        if self._task is not None:
            self._task.cancel()
            [ended] = await asyncio.gather(self._task, return_exceptions=True)
            if isinstance(ended, Exception):  # a stop goes on, for the sake of whoever closes next
                logger.error("actions_journal_ended_early", error=type(ended).__name__)
        if not await self._write_all():
            self._drop(len(self._waiting), reason=STOPPING)
        await self._try(self._file.close)
        self._thread.shutdown()

    def _add(self, note: Note, loop: asyncio.AbstractEventLoop) -> None:
        self._waiting.append(note)
        if not self._noted.is_set():
            with contextlib.suppress(RuntimeError):  # the loop has ended: nothing is written any more
                loop.call_soon_threadsafe(self._noted.set)

    async def _keep_writing(self) -> None:
        while True:
            await self._sweep_if_due()
            rest = max(self._sweep_at - self._clock.monotonic(), 0)
            await wait_for(self._noted, clock=self._clock, seconds=rest)
            if not self._noted.is_set():
                continue
            await self._clock.sleep(self._limits.linger_seconds)
            self._noted.clear()
            if not await self._write_all():
                await self._clock.sleep(self._limits.pause_after_failure_seconds)
                self._noted.set()

    async def write_now(self) -> None:
        """Write what was noted, without waiting for more; what the disk doesn't take waits on."""
        await self._write_all()

    async def _write_all(self) -> bool:
        """Write what waits, oldest first; tell whether all of it is written. One at a time."""
        async with self._turn:
            return await self._write_waiting()

    async def _write_waiting(self) -> bool:
        while self._waiting:
            # They stay in line until they are written: what a full disk doesn't take must not look like room.
            batch = list(itertools.islice(self._waiting, self._limits.firings_per_write))
            unfit = await self._try(functools.partial(self._file.save, batch))
            if unfit is None:
                return False
            for _ in batch:
                self._waiting_bytes -= _size(self._waiting.popleft())
            self._rows_since_sweep += len(batch)
            if unfit:
                self._drop(unfit, reason=UNFIT)
        return True

    async def _sweep_if_due(self) -> None:
        is_due = self._clock.monotonic() >= self._sweep_at or self._rows_since_sweep >= self._limits.sweep_every_rows
        if not is_due:
            return
        now_ms = epoch_ms(self._clock.now())
        while await self._try(lambda: self._file.remove_some(now_ms)):
            if self._waiting:
                return  # these first; the rest of the sweep stays due
        self._rows_since_sweep = 0
        self._sweep_at = self._clock.monotonic() + self._limits.sweep_every_seconds

    async def _try(self, work: Callable[[], Result]) -> Result | None:
        """Return what `work` on the file gives, or None where the file or the disk doesn't let it."""
        try:
            return await self._in_thread(work)
        except sqlite3.Error as error:
            self._complain(reason=str(error))
        except Exception as error:  # noqa: BLE001  told by its kind; the worker must not end, for nobody would see it
            self._complain(reason=type(error).__name__)
        return None

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _drop(self, count: int, *, reason: str) -> None:
        self.not_kept += count
        self._complain(reason=reason)

    def _complain(self, *, reason: str) -> None:
        """Tell the logger, but not with each of thousands."""
        if self._clock.monotonic() < self._complain_at:
            return
        self._complain_at = self._clock.monotonic() + self._limits.complain_every_seconds
        logger.warning("action_deliveries_not_kept", reason=reason, not_kept=self.not_kept, waiting=len(self._waiting))


def _size(note: Note) -> int:
    """Return the bytes of the bodies it holds: the part that others decide."""
    if not isinstance(note, Firing):
        return 0
    return sum(len(one.body) for one in (note.request, note.response) if one is not None)
