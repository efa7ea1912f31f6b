"""Send what is in hand, as many requests at once as the destination may have, at its pace."""

from headwater.core.clock import epoch_ms, wait_for
from headwater.deliver import suppression
from headwater.deliver.backlog import Job
from headwater.deliver.lanes.settling import Settling
from headwater.deliver.lanes.state import LaneState
from headwater.deliver.pace import Pace
from headwater.deliver.trial import Attempts, Trial


class Workers:
    """One lane's. `work` runs as many times at once as there may be requests."""

    def __init__(self, state: LaneState, *, settling: Settling) -> None:
        self._state = state
        self._settling = settling
        self._clock = state.tools.clock
        self._attempts = Attempts(state.route, sender=state.tools.sender, clock=state.tools.clock)
        own = state.route.own_requests_per_second
        self._paces = (Pace(own), state.throttle.pace) if own else (state.throttle.pace,)

    async def work(self) -> None:
        """Take, send, conclude, until the lane stops; rest while there is nothing to take."""
        signals = self._state.signals
        while not signals.is_stopping:
            in_hand, jobs = self._state.backlog.fresh_count, self._take()
            if not jobs:
                signals.feed.set()
                signals.ready.clear()
                await signals.ready.wait()
                continue
            if in_hand > self._state.tools.limits.read_records >= self._state.backlog.fresh_count:
                signals.feed.set()  # once, at the moment from which it may read: it looks at much more than this
            if await self._has_turn():
                await self._send(jobs)

    def _take(self) -> list[Job]:
        state = self._state
        now, has_room = self._clock.monotonic(), not state.waiting.is_full
        return state.backlog.take(now=now, is_flowing=state.health.is_up, has_room=has_room)

    async def _has_turn(self) -> bool:
        """Wait until the pace allows one more request; False when the lane stops meanwhile."""
        signals = self._state.signals
        for pace in self._paces:
            seconds = pace.reserve(now=self._clock.monotonic())
            if seconds > 0:
                await wait_for(signals.stopping, clock=self._clock, seconds=seconds)
        return not signals.is_stopping

    async def _allowed(self, jobs: list[Job]) -> list[Job]:
        """Conclude what may not be sent any longer since it was planned, and return the others."""
        suppressed = self._state.tools.suppressed
        if suppressed.is_nobody:
            return jobs
        verdicts = await suppression.verdicts([job.record for job in jobs], suppressed=suppressed)
        at_ms = epoch_ms(self._clock.now())
        for job, verdict in zip(jobs, verdicts, strict=True):
            if verdict is not None:
                self._settling.conclude(job, Trial(outcome=verdict, at_ms=at_ms))
        return [job for job, verdict in zip(jobs, verdicts, strict=True) if verdict is None]

    async def _send(self, jobs: list[Job]) -> None:
        self._state.on_their_way += 1
        try:
            async with self._state.throttle.slots:
                jobs = await self._allowed(jobs)
                numbers = [await self._noted(job) for job in jobs]
                trials = await self._attempts.make(jobs) if jobs else []
        finally:
            self._state.on_their_way -= 1
        if jobs:
            self._settling.conclude_all(jobs, trials, numbers)

    async def _noted(self, job: Job) -> int | None:
        route = self._state.route
        if not route.notes_first:
            return None
        at_ms = epoch_ms(self._clock.now())
        return await self._state.tools.ledger.begin(route.name, job.offset, job.record, at_ms=at_ms)
