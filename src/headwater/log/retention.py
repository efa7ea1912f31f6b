"""Forgetting: removes the oldest segments beyond the limits, file by file, beside the writer.

A reader that lags is never overtaken without an operator's word: what it has still to read stays, and the limits
wait. Nothing is removed either while nobody can say how far the readers are.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import takewhile

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms, wait_for
from headwater.core.errors import UnavailableError
from headwater.log import segments
from headwater.log.log_limits import RetentionLimits
from headwater.log.segments import Segment
from headwater.log.sqlite_writer import SqliteLogWriter

logger = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 3_600.0
LOOK_AGAIN_SECONDS = 60.0  # while a reader holds something back: the lake, say, may just not be there yet
REST_SECONDS = 2.0  # between two looks; readers follow the writer by about a second

Cursors = Callable[[], Awaitable[Mapping[str, int]]]


class Laggard(msgspec.Struct, frozen=True, kw_only=True):
    """A reader that has still to read `events` of what the limits say should go."""

    reader: str
    cursor: int
    events: int


class Trimmed(msgspec.Struct, frozen=True, kw_only=True):
    """What one look did. `held_back_by`: whom expired events still wait for. `overtaken`: who lost events.

    `unknown` says why nobody could tell how far the readers are; then only an operator's word removes anything.
    """

    segments: int = 0
    events: int = 0
    held_back_by: tuple[Laggard, ...] = ()
    overtaken: tuple[Laggard, ...] = ()
    unknown: str | None = None


class Retention:
    """Trims one log. `cursors` says, by reader, up to which offset each has read; it may raise UnavailableError."""

    def __init__(self, log: SqliteLogWriter, *, limits: RetentionLimits, clock: Clock, cursors: Cursors) -> None:
        self._log = log
        self._limits = limits
        self._clock = clock
        self._cursors = cursors
        self._turn = asyncio.Lock()
        self.last = Trimmed()  # what the last look found
        self._has_rolled = asyncio.Event()
        self._newest_number = log.segments[-1].number
        log.on_append(self._note_roll)

    async def run(self) -> None:
        """Look now, when a segment has ended and every hour: so the log never exceeds its limits by much."""
        while True:
            try:
                await self._log.roll_if_due()
                await self.trim()
            except (UnavailableError, OSError) as error:  # readers restart, a disk is in trouble: the next look may do
                logger.info("log_not_trimmed", reason=str(error))
            await self._next_occasion()

    async def trim(self, *, overtake: bool = False) -> Trimmed:
        """Remove what is beyond the limits; with `overtake` also what readers have still to read.

        Raises UnavailableError when the readers can't be asked, unless it doesn't matter; then nothing was removed.
        """
        async with self._turn:
            expired = self._expired()
            before, self.last = self.last, Trimmed()
            if not expired:
                return self.last
            cursors, unknown = await self._asked(is_needed=not overtake)
            slowest = min(cursors.values(), default=self._log.newest_offset)
            gone = expired if overtake else list(takewhile(lambda one: self._end(one) <= slowest, expired))
            self.last = Trimmed(
                segments=len(gone),
                events=self._end(gone[-1]) - gone[0].first_offset + 1 if gone else 0,
                held_back_by=() if overtake else self._laggards(expired, cursors),
                overtaken=self._laggards(gone, cursors) if overtake else (),
                unknown=unknown,
            )
            await self._remove(gone)
            self._tell(self.last, before)
            return self.last

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Remove nothing meanwhile."""
        async with self._turn:
            yield

    async def _asked(self, *, is_needed: bool) -> tuple[Mapping[str, int], str | None]:
        try:
            return await self._cursors(), None
        except UnavailableError as error:
            self.last = Trimmed(unknown=error.message)
            if is_needed:
                raise
            return {}, error.message

    def _note_roll(self, _newest_offset: int) -> None:
        number = self._log.segments[-1].number
        if number != self._newest_number:
            self._newest_number = number
            self._has_rolled.set()

    async def _next_occasion(self) -> None:
        seconds = LOOK_AGAIN_SECONDS if self.last.held_back_by else LOOK_EVERY_SECONDS
        await wait_for(self._has_rolled, clock=self._clock, seconds=seconds)
        await self._clock.sleep(REST_SECONDS)
        self._has_rolled.clear()

    def _expired(self) -> list[Segment]:
        """Return the closed segments beyond the limits, oldest first."""
        known = self._log.segments
        now_ms = epoch_ms(self._clock.now())
        sizes = [segment.size_bytes() for segment in known]
        expired = []
        for number, segment in enumerate(known[:-1]):
            is_beyond = (
                _exceeds(now_ms - known[number + 1].opened_at_ms, self._limits.age_ms)
                or _exceeds(self._log.newest_offset - segment.first_offset + 1, self._limits.events)
                or _exceeds(sum(sizes[number:]), self._limits.size_bytes)
            )
            if not is_beyond:
                break
            expired.append(segment)
        return expired

    def _end(self, segment: Segment) -> int:
        """Return the last offset of a closed segment."""
        return next(one.first_offset for one in self._log.segments if one.number > segment.number) - 1

    def _laggards(self, wanted: Sequence[Segment], cursors: Mapping[str, int]) -> tuple[Laggard, ...]:
        if not wanted:
            return ()
        first, last = wanted[0].first_offset, self._end(wanted[-1])
        return tuple(
            Laggard(reader=reader, cursor=cursor, events=last - max(cursor, first - 1))
            for reader, cursor in sorted(cursors.items())
            if cursor < last
        )

    async def _remove(self, gone: Sequence[Segment]) -> None:
        if not gone:
            return
        await self._log.forget(gone)
        await asyncio.to_thread(_unlink, gone)

    def _tell(self, result: Trimmed, before: Trimmed) -> None:
        if result.segments:
            logger.info("log_trimmed", segments=result.segments, events=result.events)
        known = {laggard.reader for laggard in before.held_back_by}
        for laggard in result.held_back_by:
            if laggard.reader not in known:  # once: a look may come every other second
                logger.warning("log_held_back", **msgspec.structs.asdict(laggard))
        for laggard in result.overtaken:
            logger.warning("log_reader_overtaken", **msgspec.structs.asdict(laggard))


def _exceeds(value: int, limit: int | None) -> bool:
    return limit is not None and value > limit


def _unlink(gone: Sequence[Segment]) -> None:
    for segment in gone:
        segments.remove(segment.path)
    segments.sync_folder(gone[0].path.parent)
