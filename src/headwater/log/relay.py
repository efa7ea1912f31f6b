"""Moves the outbox to the log, in order, each record once (DESIGN decision 4).

The log keeps the relay's position in the transaction that appends. A crash after the append and before the
outbox is emptied leaves rows at or below that position: they are only removed, never appended again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from headwater.core.clock import Clock
from headwater.core.errors import UnavailableError
from headwater.core.event import Record, Stored
from headwater.log import outbox
from headwater.log.event_log import Appended, Appender, Position
from headwater.store.database import Database

logger = structlog.get_logger(__name__)

POSITION = "outbox"
BATCH = 100
LINGER_SECONDS = 0.03
SECONDS_APART = 0.1  # of the batches that a crowd causes
PAUSE_SECONDS = 1.0


def linger_seconds(*, since_last_seconds: float) -> float:
    """Return how long to wait for company: a moment, unless there has been a crowd already."""
    return max(LINGER_SECONDS, SECONDS_APART - since_last_seconds)


class Relay:
    """Runs until cancelled; sleeps until woken."""

    def __init__(self, database: Database, appender: Appender, *, clock: Clock) -> None:
        self._database = database
        self._appender = appender
        self._clock = clock
        self._work = asyncio.Event()
        self._lingering: asyncio.TimerHandle | None = None
        self._lingered_until = float("-inf")
        self._listeners: list[Callable[[Sequence[Stored]], None]] = []
        self._turn = asyncio.Lock()

    def on_move(self, listener: Callable[[Sequence[Stored]], None]) -> None:
        """Tell `listener` what came into the log, and where; a crash at that moment tells it nothing."""
        self._listeners.append(listener)

    def wake(self) -> None:
        """The outbox may have grown."""
        self._work.set()

    def wake_later(self) -> None:
        """The outbox has grown. Whoever caused it is answered first, and what a crowd causes goes together."""
        if self._lingering is None:
            loop = asyncio.get_running_loop()
            seconds = linger_seconds(since_last_seconds=loop.time() - self._lingered_until)
            self._lingering = loop.call_later(seconds, self._linger_no_more)

    def _linger_no_more(self) -> None:
        self._lingering = None
        self._lingered_until = asyncio.get_running_loop().time()
        self.wake()

    async def run(self) -> None:
        """Empty the outbox whenever there is something in it."""
        self._work.set()
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                while await self.move_batch():
                    pass
            except UnavailableError as error:  # a full disk, say: what is in the outbox stays there
                logger.warning("relay_paused", reason=error.message, seconds=PAUSE_SECONDS)
                await self._clock.sleep(PAUSE_SECONDS)
                self._work.set()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Move nothing meanwhile: the outbox and the log's position in it are at one."""
        async with self._turn:
            yield

    async def move_batch(self) -> bool:
        """Move the oldest records; tell whether there may be more. One at a time."""
        async with self._turn:
            return await self._move_batch()

    async def _move_batch(self) -> bool:
        rows = await self._database.glance(
            lambda connection: outbox.waiting(connection, limit=BATCH), is_one_statement=True
        )
        if not rows:
            return False
        done = await self._appender.position(POSITION)
        fresh = [row for row in rows if row.id > done]
        if fresh:
            position = Position(POSITION, fresh[-1].id)
            records = [row.record for row in fresh]
            self._tell(records, await self._appender.append(records, position=position))
        last_id = rows[-1].id
        # The log knows how far this is: rows that a power cut brings back are removed again, not appended.
        await self._database.write(
            lambda connection: outbox.remove_through(connection, last_id), survives_power_cut=False
        )
        return len(rows) == BATCH

    def _tell(self, records: Sequence[Record], appended: Sequence[Appended]) -> None:
        if self._listeners:
            moved = [Stored(offset=at.offset, record=record) for record, at in zip(records, appended, strict=True)]
            for listener in self._listeners:
                listener(moved)
