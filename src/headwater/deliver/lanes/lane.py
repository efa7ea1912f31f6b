"""One lane per destination: read the log, plan, send with bounded concurrency, settle. Nothing here polls.

A feeder brings work in (the log, retries that are due, probes) and has it planned many at a time, workers send, a
saver writes down whatever has settled while the save before was on its way. What is not saved when the process dies
is sent again.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from headwater.core.event import Record
from headwater.deliver.breaker import Standing
from headwater.deliver.lanes.feeder import Feeder
from headwater.deliver.lanes.saver import Saver
from headwater.deliver.lanes.settling import Settling
from headwater.deliver.lanes.state import LaneState
from headwater.deliver.lanes.tools import LaneTools
from headwater.deliver.lanes.waiting import RETRY_TABLE_FULL
from headwater.deliver.lanes.workers import Workers
from headwater.deliver.ledger import Due
from headwater.deliver.route import Route

OLDEST_OF = 16


class Lane:
    """Delivers along one route. `run` once; a lane that crashed is replaced by a new one."""

    def __init__(self, route: Route, tools: LaneTools) -> None:
        self._state = LaneState(route, tools)
        self._saver = Saver(self._state)
        settling = Settling(self._state, saver=self._saver)
        self._feeder = Feeder(self._state, settling=settling, saver=self._saver)
        self._workers = Workers(self._state, settling=settling)
        self._sending: list[asyncio.Task[None]] = []

    # -- what others see ------------------------------------------------------------------------------------

    @property
    def watermark(self) -> int:
        return self._state.headway.cursor.watermark

    @property
    def retrying(self) -> int:
        return self._state.waiting.rows

    @property
    def standing(self) -> Standing:
        return self._state.health.standing

    @property
    def paused(self) -> str | None:
        """Why nothing new is read, although the destination isn't down; None if that is not so."""
        return RETRY_TABLE_FULL if self._state.waiting.is_full else None

    @property
    def requests_per_second(self) -> float | None:
        """How fast its requests may go out now, None for as fast as they do."""
        return self._state.throttle.pace.per_second

    async def oldest_undelivered_ms(self) -> int | None:
        """Return when the first of its events that isn't settled was received, None where there is none."""
        route, headway = self._state.route, self._state.headway
        after = headway.cursor.watermark
        while True:
            seen = await self._state.tools.reader.scan(after=after, limit=OLDEST_OF, sources=route.sources)
            for stored in seen.records:
                if not headway.cursor.is_settled(stored.offset) and route.is_ours(stored):
                    return stored.record.received_at_ms
            after = seen.up_to
            if seen.is_end:
                return None

    @property
    def has_done_all(self) -> bool:
        """Whether there is an end to what it delivers, and all of it up to there is settled and saved."""
        return self._feeder.has_done_all

    def is_at_rest(self, *, head: int, now_ms: int) -> bool:
        """Whether it has come to `head`, and can do nothing more about what it read until time passes or things change.

        One that is ordered may hold events back for a retry: then it is at rest once nothing is due.
        """
        state = self._state
        if not self._saver.has_saved_all:
            return False
        if not state.health.is_up or state.waiting.is_full:
            return True
        if state.order.is_kept and state.waiting.rows:
            seconds = state.waiting.seconds_until_due(now_ms=now_ms)
            return seconds is not None and seconds > 0
        return self.watermark >= head and state.waiting.is_at_rest(now_ms=now_ms)

    def hurry(self) -> None:
        """Send what waits for company, as it is."""
        self._state.backlog.hurry()
        self._feeder.wake()

    def wake(self) -> None:
        """The log has grown."""
        self._feeder.wake()

    def add_retries(self, dues: Sequence[Due]) -> None:
        """Rows were put into the retry table by someone else (a redrive)."""
        self._state.waiting.enter(dues)

    # -- life -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Deliver until `stop` is called. What was settled by then is saved on return."""
        await self._resume()
        async with asyncio.TaskGroup() as saving:
            saving.create_task(self._saver.run())
            async with asyncio.TaskGroup() as delivering:
                delivering.create_task(self._feeder.run())
                workers = range(self._state.concurrency)
                self._sending = [delivering.create_task(self._workers.work()) for _ in workers]
            self._saver.finish()

    def stop(self) -> None:
        """Take no new work; `run` returns when what is on its way has been answered and saved."""
        self._state.signals.stop()

    def abandon(self) -> None:
        """Don't wait for answers any longer: what is on its way will be sent again."""
        for worker in self._sending:
            worker.cancel()

    async def _resume(self) -> None:
        ledger, route = self._state.tools.ledger, self._state.route
        self._state.headway.restore(await ledger.cursor(route.name, start_offset=route.start_offset))
        dues = await ledger.waiting_retries(route.name)
        self._state.waiting.restore(dues)
        if self._state.order.is_kept:
            await self._restore_order(dues)

    async def _restore_order(self, dues: Sequence[Due]) -> None:
        """Find out who waits for whom: only the records in the table know whose they are."""
        ledger, name, at_once = self._state.tools.ledger, self._state.route.name, self._state.tools.limits.read_records
        found: list[tuple[int, int, Record]] = []
        for start in range(0, len(dues), at_once):
            offsets = [due.offset for due in dues[start : start + at_once]]
            rows = await ledger.retries(name, offsets)
            found += [(row.offset, row.due_at_ms, _whose(row.record)) for row in rows]
        self._state.waiting.plan([Due(0, offset) for offset in self._state.order.restore(found)])


def _whose(record: Record) -> Record:
    """Return a record without its body: ten thousand of them are looked at together."""
    return msgspec.structs.replace(record, body=b"")
