"""Moves the dead letters that are to be sent again among the retries, a few at a time, as the lanes get through them.

So forty thousand of them never fill a lane's retry table, where "full" lets new events wait. It is woken by whatever
makes room; nothing polls. What it hasn't moved when the process dies is still marked, and moves after the next start.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence

import structlog

from headwater.core.clock import Clock, epoch_ms, wait_for
from headwater.core.event import Record
from headwater.deliver.ledger import Ledger
from headwater.deliver.letters import bodies
from headwater.deliver.letters.changes import Marked, Waiting
from headwater.deliver.limits import LaneLimits
from headwater.deliver.supervision import Supervised
from headwater.log.event_log import Reader

PAUSE_SECONDS = 30.0  # after the ledger couldn't be written
FREE_SHARE = 10  # of the retry table, one in so many rows is left to new events

logger = structlog.get_logger(__name__)


class Redriving:
    """`lanes` are those that run now: nothing moves to one that doesn't. `run` until cancelled."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: Reader,
        clock: Clock,
        limits: LaneLimits,
        lanes: Callable[[], Mapping[str, Supervised]],
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._clock = clock
        self._limits = limits
        self._lanes = lanes
        self._news = asyncio.Event()
        self._has_marked = False
        ledger.on_settled(self._settled)

    def wake(self) -> None:
        """Letters were marked, or a lane has begun."""
        self._news.set()

    def close(self) -> None:
        """Hear of nothing any more: the ledger may outlive this."""
        self._ledger.no_longer_tell(self._settled)

    def _settled(self, _destination: str) -> None:
        if self._has_marked:
            self.wake()

    async def run(self) -> None:
        while True:
            self._news.clear()
            try:
                has_moved = await self._move_all()
            except sqlite3.Error as error:  # a full disk, say
                logger.warning("redrive_waits", reason=str(error))
                await wait_for(self._news, clock=self._clock, seconds=PAUSE_SECONDS)
                continue
            if not has_moved:
                await self._news.wait()

    async def _move_all(self) -> bool:
        """Move a few for each destination; tell whether there may be more to do at once."""
        self._has_marked = True  # before the look: what settles meanwhile is news
        waiting = await self._ledger.waiting_letters()
        self._has_marked = any(one.marked for one in waiting.values())
        moved = [await self._move(name, one) for name, one in waiting.items() if one.marked and name in self._lanes()]
        return any(moved)

    async def _move(self, name: str, waiting: Waiting) -> bool:
        count = await self._room(name, waiting)
        if count <= 0:
            return False
        letters = await self._ledger.marked_letters(name, limit=count)
        found, lost = await self._looked_up([one for one in letters if not one.has_body])
        if lost:
            logger.warning("dead_letters_not_sent_again", destination=name, count=len(lost), reason=bodies.GONE)
        dues = await self._ledger.move_letters(
            name,
            [one.id for one in letters],
            found=found,
            lost=lost,
            now_ms=epoch_ms(self._clock.now()),
        )
        if (lane := self._lanes().get(name)) is not None:
            lane.add_retries(dues)
        return bool(dues or lost)

    async def _room(self, name: str, waiting: Waiting) -> int:
        """Return how many may move now: none while more than half of those that did are still to be tried."""
        most, rows = self._limits.redriven_in_line, self._limits.retry_rows
        if waiting.in_line > most // 2:
            return 0
        free = rows - rows // FREE_SHARE - await self._ledger.count_retries(name)
        return min(most - waiting.in_line, free)

    async def _looked_up(self, letters: Sequence[Marked]) -> tuple[dict[int, Record], list[int]]:
        """Return the records of letters whose bodies have expired, and the ids of those that the log has forgotten."""
        found: dict[int, Record] = {}
        for one in letters:
            record = await bodies.in_log(self._reader, one.offset, message_id=one.message_id, source=one.source)
            if record is not None:
                found[one.id] = record
        return found, [one.id for one in letters if one.id not in found]
