"""The reader that brings the log into the lake: decides when, and starts the process that does it.

Woken, never polling. It begins a minute after an event came that isn't in the lake, or when many are waiting; until
then whoever asks reads them from the log. A run that fails is tried again; nothing is lost, nobody waits for it.
"""

import asyncio
import contextlib
from pathlib import Path

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms, wait_for
from headwater.core.errors import HeadwaterError, UnavailableError
from headwater.lake import erasure_book, manifest
from headwater.lake.depot.place import Place
from headwater.lake.erasures import Erasures, nobody
from headwater.lake.limits import LakeLimits
from headwater.lake.manifest import Manifest
from headwater.lake.write_orders import Orders, Report
from headwater.lake.writer_process import WriterProcess
from headwater.log.event_log import Reader

logger = structlog.get_logger(__name__)

DEFAULT_LIMITS = LakeLimits()
RESTING, WAITING, WRITING, REBUILDING, STOPPED = "resting", "waiting", "writing", "rebuilding", "stopped"


MS_PER_SECOND = 1_000


class Rebuild(msgspec.Struct, frozen=True, kw_only=True):
    """That the tables of a source, or of all, are to be made anew. `number` tells one from the next."""

    number: int
    source: str | None = None


class LakeWriteError(UnavailableError):
    """The lake could not be written. Nothing is lost: it is tried again."""

    code = "lake_write_failed"


class LakeState(msgspec.Struct, kw_only=True):
    """How the lake's reader is doing. `rebuilt` is the number of the last rebuild that is done."""

    state: str = RESTING
    cursor: int = 0
    head: int = 0
    reason: str | None = None
    merge_failed: str | None = None
    erase_failed: str | None = None
    rebuild: int = 0
    rebuilt: int = 0
    rebuilt_events: int = 0
    rebuild_failed: str | None = None


class LakeReader:
    """Keeps the lake below `folder` behind the log. `start` it on a running loop; `close` it before `reader`."""

    def __init__(
        self,
        folder: Path,
        *,
        log: Path,
        reader: Reader,
        clock: Clock,
        limits: LakeLimits = DEFAULT_LIMITS,
        erasures: Erasures = nobody,
        place: Place | None = None,
    ) -> None:
        self._folder = folder
        self._log = log
        self._reader = reader
        self._clock = clock
        self._limits = limits
        self._erasures = erasures
        self._place = place
        self._writer = WriterProcess()
        self._woken = asyncio.Event()
        self._hurried = asyncio.Event()
        self._written = asyncio.Event()
        self._rebuilds: list[Rebuild] = []
        self._is_first = True
        self._may_have_to_erase = True
        self._erase_again_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._state = LakeState()

    def start(self) -> None:
        """Begin where the last run stopped. Nothing it may meet stops anybody else."""
        self._woken.set()
        self._task = asyncio.create_task(self._run(), name="lake-reader")

    def wake(self) -> None:
        """The log has grown."""
        self._woken.set()

    def hurry(self) -> None:
        """Somebody wants what is in the log to be in the lake now."""
        self._hurried.set()
        self._woken.set()

    async def catch_up(self, *, seconds: float) -> None:
        """Return when what is in the log now is in the lake, when that fails, or after so long. See the cursor then."""
        head, until = await self._reader.head(), self._clock.monotonic() + seconds
        while self._state.cursor < head and (left := until - self._clock.monotonic()) > 0:
            self._written.clear()
            self.hurry()
            await wait_for(self._written, clock=self._clock, seconds=left)
            if self._state.state == STOPPED:
                return

    def rebuild(self, source: str | None = None) -> int:
        """Have the tables made anew from the archive, after what is under way; return this rebuild's number."""
        self._state.rebuild += 1
        self._rebuilds.append(Rebuild(number=self._state.rebuild, source=source))
        self.hurry()
        return self._state.rebuild

    def erase(self) -> None:
        """Somebody may be to be erased: see to it, after what is under way."""
        self._may_have_to_erase = True
        self._woken.set()

    async def cursor(self) -> int:
        """Return the offset up to which everything is in the lake; 0 until it is known."""
        return self._state.cursor

    async def state(self) -> LakeState:
        """Say how it is doing."""
        return msgspec.structs.replace(self._state, head=await self._reader.head())

    async def close(self) -> None:
        """Stop. A process that is writing is killed: what it has not committed is done by the next run."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            # Every Exception: a full disk or a damaged file is the lake's trouble only; delivery goes on beside it.
            except Exception as error:  # noqa: BLE001  logged, and tried again
                pause = self._limits.rest_after_failure_seconds
                self._state.state, self._state.reason = STOPPED, _said(error)
                logger.error("lake_stopped", reason=_said(error), restart_in_seconds=pause)  # noqa: TRY400
                self._hurried.clear()  # whoever hurried it is told; the next one who does makes it try again at once
                await wait_for(self._hurried, clock=self._clock, seconds=pause)
                self._woken.set()

    async def _follow(self) -> None:
        self._state.cursor = await asyncio.to_thread(self._saved_cursor)
        if self._place is not None and self._is_first and not self._rebuilds:
            await self._flush()  # which also reads what the depot says
        while True:
            if not self._rebuilds and not await self._has_to_erase():
                await self._until_due()
            self._hurried.clear()
            if self._rebuilds:
                await self._make_anew(self._rebuilds[0])
            else:
                await self._flush()

    async def _until_due(self) -> None:
        self._state.state = RESTING
        while True:
            self._woken.clear()  # before the look: what comes behind it wakes again
            if await self._waiting():
                break
            rest = await asyncio.to_thread(self._rest_seconds)
            if rest is not None and rest <= 0:
                return
            await wait_for(self._woken, clock=self._clock, seconds=rest)
            if self._rebuilds or self._may_have_to_erase:
                return
        self._state.state = WAITING
        due = self._clock.monotonic() + self._limits.seconds
        while not self._is_hurried() and await self._waiting() < self._limits.events:
            left = due - self._clock.monotonic()
            if left <= 0:
                return
            await wait_for(self._woken, clock=self._clock, seconds=left)
            self._woken.clear()
            await wait_for(self._hurried, clock=self._clock, seconds=min(left, self._limits.shortest_rest_seconds))

    async def _has_to_erase(self) -> bool:
        """Tell whether there is anybody to erase; asked once each time that there may be."""
        if not self._may_have_to_erase:
            return False
        self._may_have_to_erase = False
        return bool(await self._erasures())

    def _is_hurried(self) -> bool:
        return self._hurried.is_set() or self._may_have_to_erase

    def _rest_seconds(self) -> float | None:
        """Return in how long a run is due though nothing comes: what was replaced goes, and what failed is tried."""
        if self._erase_again_at is not None:
            return self._erase_again_at - self._clock.monotonic()
        oldest = erasure_book.read(self._folder / manifest.NAME).oldest_removed_ms
        if oldest is None:
            return None
        return (oldest + self._limits.write.grace_ms - epoch_ms(self._clock.now())) / MS_PER_SECOND

    async def _waiting(self) -> int:
        """Return how many events are not in the lake; of a log put back to an older state, how many offsets differ."""
        return abs(await self._reader.head() - self._state.cursor)

    async def _flush(self) -> None:
        self._state.state = WRITING
        report = await self._write(up_to=await self._reader.head())
        if report.reason is not None:
            raise LakeWriteError(report.reason)
        self._state.reason, self._state.merge_failed = None, report.merge_failed
        self._state.erase_failed, self._erase_again_at = report.erase_failed, None
        if report.erase_failed is not None:
            logger.warning("lake_erasure_failed", reason=report.erase_failed)
            self._erase_again_at = self._clock.monotonic() + self._limits.rest_after_failure_seconds
        logger.info("lake_written", cursor=report.cursor, events=report.events, merges=report.merges)

    async def _make_anew(self, wanted: Rebuild) -> None:
        self._state.state = REBUILDING
        try:
            report = await self._write(up_to=self._state.cursor, rebuild=True, source=wanted.source)
            self._state.rebuilt_events, self._state.rebuild_failed = report.rebuilt, report.reason
        except (HeadwaterError, OSError) as error:
            self._state.rebuild_failed = _said(error)
        self._rebuilds.pop(0)
        self._state.rebuilt = wanted.number

    async def _write(self, *, up_to: int, rebuild: bool = False, source: str | None = None) -> Report:
        orders = Orders(
            lake=str(self._folder),
            log=str(self._log),
            place=self._place,
            now_ms=epoch_ms(self._clock.now()),
            up_to=up_to,
            is_first=self._is_first,
            rebuild=rebuild,
            source=source,
            erasures=tuple(await self._erasures()),
            limits=self._limits.write,
        )
        try:
            report = await self._writer.run(orders)
        finally:
            self._state.cursor = await asyncio.to_thread(self._saved_cursor)
            self._written.set()
        if report.reason is None:
            self._is_first = False
        return report

    def _saved_cursor(self) -> int:
        book = Manifest.open_for_reading(self._folder / manifest.NAME)
        try:
            return book.cursor()
        finally:
            book.close()


def _said(error: Exception) -> str:
    return error.message if isinstance(error, HeadwaterError) else repr(error)
