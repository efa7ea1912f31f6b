"""Brings work into a lane: the log, retries that are due, probes; planned many at a time. It rests, and never polls."""

from collections.abc import Sequence

from headwater.core.clock import epoch_ms, wait_for
from headwater.core.event import Record
from headwater.deliver.backlog import Job, shrunk
from headwater.deliver.lanes.saver import Saver
from headwater.deliver.lanes.settling import Settling
from headwater.deliver.lanes.state import LaneState
from headwater.deliver.order import Entry
from headwater.deliver.plan import Plan, Sendable
from headwater.deliver.settlement import Retry
from headwater.deliver.trial import Trial

MS_PER_SECOND = 1_000
NOTHING = Sendable(())

Found = tuple[int, Record, Retry | None]


class Feeder:
    """One lane's."""

    def __init__(self, state: LaneState, *, settling: Settling, saver: Saver) -> None:
        self._state = state
        self._settling = settling
        self._saver = saver
        self._clock = state.tools.clock
        self._log_may_have_more = True

    @property
    def has_done_all(self) -> bool:
        """Whether there is an end to what is delivered, and all of it up to there is settled and saved."""
        return self._state.headway.is_saved_to_its_end and not self._state.waiting.rows

    def wake(self) -> None:
        """The log has grown."""
        self._log_may_have_more = True
        self._state.signals.feed.set()

    async def run(self) -> None:
        """Feed until the lane stops, or stop it once all is done."""
        signals = self._state.signals
        while not signals.is_stopping:
            signals.feed.clear()
            if self.has_done_all:
                signals.stop()
                break
            has_read = await self._read_log()
            has_loaded = await self._load_due_retries()
            self._wake_workers()
            if not (has_read or has_loaded or self._send_probes()):
                await wait_for(signals.feed, clock=self._clock, seconds=self._seconds_until_due())

    def _wake_workers(self) -> None:
        """Wake them if there is work, such as what has waited long enough for company.

        Not otherwise: whoever finds nothing asks the feeder for more, and the two would wake each other for ever.
        """
        state = self._state
        now, has_room = self._clock.monotonic(), not state.waiting.is_full
        if state.backlog.has_ready(now=now, is_flowing=state.health.is_up, has_room=has_room):
            state.signals.ready.set()

    async def _read_log(self) -> bool:
        state, headway, limit = self._state, self._state.headway, self._room()
        if limit <= 0 or not self._log_may_have_more:
            return False
        self._log_may_have_more = False  # before the read, so that a `wake` meanwhile is not forgotten
        seen = await state.tools.reader.scan(after=headway.position, limit=limit, sources=state.route.sources)
        self._log_may_have_more = self._log_may_have_more or not seen.is_end
        ours = [stored for stored in seen.records if headway.come_to(stored)]
        headway.pass_over(seen.up_to)
        await self._put_in_line([(one.offset, one.record, None) for one in ours])
        if seen.records:
            state.signals.ready.set()
        self._saver.note_settled()
        return bool(seen.records) or not seen.is_end

    def _room(self) -> int:
        """Return how many records may be read now."""
        # While events wait for a destination that is down, a whole window is taken in hand: among the events of
        # a window a probe will find one that this destination can digest, if it is up at all.
        # A whole read in hand keeps the workers busy while the next one is mapped in another process.
        state, most = self._state, self._state.tools.limits.read_records
        has_enough = state.backlog.fresh_count > most and state.health.is_up
        if state.waiting.is_full or has_enough or state.headway.is_read_to_its_end:
            return 0
        return min(most, state.headway.room)

    async def _put_in_line(self, found: Sequence[Found]) -> None:
        """Plan deliveries and put what is to be sent into the backlog; of the rest it is known what becomes."""
        if not found:
            return
        route = self._state.route
        plans = await route.plan([record for _, record, _ in found])
        earlier = await self._earlier_attempts(found)
        now, at_ms = self._clock.monotonic(), epoch_ms(self._clock.now())
        for (offset, record, retry), plan in zip(found, plans, strict=True):
            tries = 0 if retry else earlier.get(offset, 0)
            job = Job(offset=offset, record=record, plan=_sendable(plan), retry=retry, tries=tries)
            if isinstance(plan, Sendable):
                self._enter(shrunk(job, route.batch_of(plan.group)), now=now, at_ms=at_ms)
            else:
                self._settling.conclude(job, Trial(outcome=plan, at_ms=at_ms))

    async def _earlier_attempts(self, found: Sequence[Found]) -> dict[int, int]:
        """Return the numbers that a replay goes on from; all others begin with one."""
        route = self._state.route
        if not route.is_replay:
            return {}
        fresh = [offset for offset, _, retry in found if retry is None]
        return await self._state.tools.ledger.last_numbers(route.name, fresh)

    def _enter(self, job: Job, *, now: float, at_ms: int) -> None:
        match self._state.order.enter(job):
            case Entry.GO:
                self._state.backlog.put(job, now=now)
            case Entry.PARK:
                self._settling.park(job, at_ms=at_ms)
            case Entry.WAIT:
                pass

    async def _load_due_retries(self) -> bool:
        if not self._may_load_retries():
            return False
        state, now_ms = self._state, epoch_ms(self._clock.now())
        offsets = state.waiting.take_due(now_ms=now_ms, most=state.tools.limits.retries_in_hand)
        if not offsets:
            return False
        rows = await state.tools.ledger.retries(state.route.name, offsets)
        await self._put_in_line([(row.offset, row.record, row) for row in rows])
        state.signals.ready.set()
        return True

    def _may_load_retries(self) -> bool:
        if self._state.backlog.retry_count:
            return False
        return self._state.health.is_up or not self._state.backlog.fresh_count

    def _send_probes(self) -> bool:
        state, due = self._state, self._state.health.probes_due()
        count = state.backlog.choose_probes(due) if due else 0
        if count:
            state.health.probing(count)
            state.signals.ready.set()
        return count > 0

    def _seconds_until_due(self) -> float | None:
        """Return when the next moment comes at which something is due; None where only news can wake us."""
        found = (self._until_retry(), self._until_probe(), self._until_company())
        moments = [seconds for seconds in found if seconds is not None]
        # A clock that ticks in milliseconds may say "due in 0.0002 s": never spin on it.
        return max(min(moments), 1 / MS_PER_SECOND) if moments else None

    def _until_retry(self) -> float | None:
        if not self._may_load_retries():
            return None
        return self._state.waiting.seconds_until_due(now_ms=epoch_ms(self._clock.now()))

    def _until_probe(self) -> float | None:
        has_work = self._state.backlog.fresh_count or self._state.backlog.retry_count
        return self._state.health.seconds_until_probe() if has_work else None

    def _until_company(self) -> float | None:
        """Return when a group that waits for others has waited long enough."""
        seconds = self._state.backlog.seconds_until_ready(now=self._clock.monotonic())
        return seconds if seconds is not None and seconds > 0 and self._state.health.is_up else None


def _sendable(plan: Plan) -> Sendable:
    return plan if isinstance(plan, Sendable) else NOTHING
