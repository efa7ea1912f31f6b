"""One lane per destination: read the log, plan, send with bounded concurrency, settle. Nothing here polls.

A feeder brings work in (the log, retries that are due, probes) and has it planned many at a time, workers send, a
saver writes down whatever has settled while the save before was on its way. What is not saved when the process dies
is sent again.
"""

import asyncio
import heapq
from collections.abc import Callable, Sequence
from http import HTTPStatus

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms, wait_for
from headwater.core.event import Record, Stored
from headwater.core.outcomes import Delivered, Rejected, RetryLater
from headwater.deliver.backlog import Backlog, Job, shrunk
from headwater.deliver.breaker import Breaker, Standing
from headwater.deliver.cursor import WINDOW, Cursor
from headwater.deliver.destination import SmallerBatch
from headwater.deliver.ledger import Due, Ledger
from headwater.deliver.limits import LaneLimits
from headwater.deliver.metrics.meters import Meters
from headwater.deliver.order import PARKED_MS, Entry, Order
from headwater.deliver.pace import Pace
from headwater.deliver.plan import Plan, Sendable
from headwater.deliver.replays import names
from headwater.deliver.route import Route
from headwater.deliver.settlement import Retry
from headwater.deliver.tally import Tally, latency_ms
from headwater.deliver.throttle import Throttles
from headwater.deliver.trial import Attempts, Trial, says_down
from headwater.log.event_log import Reader
from headwater.net.outbound import Sender

MS_PER_SECOND = 1_000
# Progress without a row (other sources' events) is saved only now and then: repeating it costs next to nothing.
SAVE_SKIPPED_EVERY = 16 * WINDOW
OLDEST_OF = 16
RETRY_TABLE_FULL = "retry table full"
NOTHING = Sendable(())

logger = structlog.get_logger(__name__)


class LaneTools(msgspec.Struct, frozen=True, kw_only=True):
    """What every lane is given."""

    reader: Reader
    ledger: Ledger
    sender: Sender
    clock: Clock
    chance: Callable[[], float]
    limits: LaneLimits = LaneLimits()
    throttles: Throttles = msgspec.field(default_factory=Throttles)
    meters: Meters = msgspec.field(default_factory=Meters)


class Lane:
    """Delivers along one route. `run` once; a lane that crashed is replaced by a new one."""

    def __init__(self, route: Route, tools: LaneTools) -> None:
        self._route = route
        self._tools = tools
        self._clock = tools.clock
        self._limits = tools.limits
        self._cursor = Cursor(route.start_offset)
        self._position = self._saved_watermark = route.start_offset
        self._first_unsaved: int | None = None  # the first event of ours that a crash would repeat
        self._backlog = Backlog(route.batch_of)
        self._attempts = Attempts(route, sender=tools.sender, clock=tools.clock)
        self._throttle = tools.throttles.of(
            names.owner_of(route.name), per_second=route.requests_per_second, at_once=self._concurrency
        )
        self._meter = tools.meters.of(names.owner_of(route.name), now=tools.clock.monotonic())
        self._own_pace = Pace(route.own_requests_per_second) if route.own_requests_per_second else None
        self._tally = Tally(patience=route.patience, chance=tools.chance, secrets=route.secrets)
        self._order = Order(is_kept=route.is_ordered)
        self._schedule: list[tuple[int, int]] = []  # heap of (due_at_ms, offset)
        self._retry_rows = 0
        self._probes_in_flight = 0
        self._breaker = Breaker(answered_at=tools.clock.monotonic())
        self._log_may_have_more = True
        self._is_stopping = self._is_finished = self._is_full = False
        self._workers: list[asyncio.Task[None]] = []
        self._feed = asyncio.Event()  # something changed that may let more work in
        self._ready = asyncio.Event()  # there may be a job to take
        self._unsaved = asyncio.Event()  # something settled
        self._stopping = asyncio.Event()

    # -- what others see ------------------------------------------------------------------------------------

    @property
    def watermark(self) -> int:
        return self._cursor.watermark

    @property
    def retrying(self) -> int:
        return self._retry_rows

    @property
    def standing(self) -> Standing:
        return self._breaker.standing(now=self._clock.monotonic())

    @property
    def paused(self) -> str | None:
        """Why nothing new is read, although the destination isn't down; None if that is not so."""
        return RETRY_TABLE_FULL if self._is_full else None

    @property
    def requests_per_second(self) -> float | None:
        """How fast its requests may go out now, None for as fast as they do."""
        return self._throttle.pace.per_second

    async def oldest_undelivered_ms(self) -> int | None:
        """Return when the first of its events that isn't settled was received, None where there is none."""
        after = self._cursor.watermark
        while True:
            seen = await self._tools.reader.scan(after=after, limit=OLDEST_OF, sources=self._route.sources)
            for stored in seen.records:
                if not self._cursor.is_settled(stored.offset) and self._route.is_ours(stored):
                    return stored.record.received_at_ms
            after = seen.up_to
            if seen.is_end:
                return None

    @property
    def has_done_all(self) -> bool:
        """Whether there is an end to what it delivers, and all of it up to there is settled and saved."""
        end = self._route.end_offset
        return end is not None and self._saved_watermark >= end and not self._retry_rows

    def wake(self) -> None:
        """The log has grown."""
        self._log_may_have_more = True
        self._feed.set()

    def add_retries(self, dues: list[Due]) -> None:
        """Rows were put into the retry table by someone else (a redrive)."""
        self._retry_rows += len(dues)
        self._note_fullness()
        self._plan(dues)

    @property
    def _concurrency(self) -> int:
        return self._route.concurrency or self._limits.concurrency

    # -- life -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Deliver until `stop` is called. What was settled by then is saved on return."""
        await self._resume()
        async with asyncio.TaskGroup() as saving:
            saving.create_task(self._keep_saving())
            async with asyncio.TaskGroup() as delivering:
                delivering.create_task(self._keep_feeding())
                self._workers = [delivering.create_task(self._work()) for _ in range(self._concurrency)]
            self._is_finished = True
            self._unsaved.set()

    def stop(self) -> None:
        """Take no new work; `run` returns when what is on its way has been answered and saved."""
        self._is_stopping = True
        self._stopping.set()
        self._feed.set()
        self._ready.set()

    def abandon(self) -> None:
        """Don't wait for answers any longer: what is on its way will be sent again."""
        for worker in self._workers:
            worker.cancel()

    async def _resume(self) -> None:
        name = self._route.name
        self._cursor = await self._tools.ledger.cursor(name, start_offset=self._route.start_offset)
        self._position = self._saved_watermark = self._cursor.watermark
        dues = await self._tools.ledger.waiting_retries(name)
        self._retry_rows = len(dues)
        self._note_fullness()
        self._plan(dues)
        if self._order.is_kept:
            await self._restore_order(dues)

    async def _restore_order(self, dues: Sequence[Due]) -> None:
        """Find out who waits for whom: only the records in the table know whose they are."""
        ledger, name = self._tools.ledger, self._route.name
        found: list[tuple[int, int, Record]] = []
        for start in range(0, len(dues), self._limits.read_records):
            offsets = [due.offset for due in dues[start : start + self._limits.read_records]]
            rows = await ledger.retries(name, offsets)
            found += [(row.offset, row.due_at_ms, _whose(row.record)) for row in rows]
        self._plan([Due(0, offset) for offset in self._order.restore(found)])

    # -- the feeder -----------------------------------------------------------------------------------------

    async def _keep_feeding(self) -> None:
        while not self._is_stopping:
            self._feed.clear()
            if self.has_done_all:
                self.stop()
                break
            has_read = await self._read_log()
            has_loaded = await self._load_due_retries()
            self._wake_workers()
            if not (has_read or has_loaded or self._send_probes()):
                await self._rest()

    def _wake_workers(self) -> None:
        """Wake them if there is work, such as what has waited long enough for company.

        Not otherwise: whoever finds nothing asks the feeder for more, and the two would wake each other for ever.
        """
        now, is_flowing = self._clock.monotonic(), self._breaker.is_closed
        if self._backlog.has_ready(now=now, is_flowing=is_flowing, has_room=not self._is_full):
            self._ready.set()

    async def _read_log(self) -> bool:
        limit = self._room()
        if limit <= 0 or not self._log_may_have_more:
            return False
        self._log_may_have_more = False  # before the read, so that a `wake` meanwhile is not forgotten
        seen = await self._tools.reader.scan(after=self._position, limit=limit, sources=self._route.sources)
        self._log_may_have_more = self._log_may_have_more or not seen.is_end
        ours: list[Stored] = []
        for stored in seen.records:
            self._pass_over(stored.offset - 1)
            if self._is_to_do(stored):
                ours.append(stored)
        self._pass_over(seen.up_to)
        await self._put_in_line([(one.offset, one.record, None) for one in ours])
        if seen.records:
            self._ready.set()
        self._note_settled()
        return bool(seen.records) or not seen.is_end

    def _is_to_do(self, stored: Stored) -> bool:
        self._position = stored.offset
        if self._cursor.is_settled(stored.offset):  # before a restart
            return False
        if not self._route.is_ours(stored):
            self._cursor.settle(stored.offset)
            return False
        if self._first_unsaved is None:
            self._first_unsaved = stored.offset
        return True

    async def _put_in_line(self, found: Sequence[tuple[int, Record, Retry | None]]) -> None:
        """Plan deliveries and put what is to be sent into the backlog; of the rest it is known what becomes."""
        if not found:
            return
        plans = await self._route.plan([record for _, record, _ in found])
        earlier = await self._earlier_attempts(found)
        now, at_ms = self._clock.monotonic(), epoch_ms(self._clock.now())
        for (offset, record, retry), plan in zip(found, plans, strict=True):
            tries = 0 if retry else earlier.get(offset, 0)
            job = Job(offset=offset, record=record, plan=_sendable(plan), retry=retry, tries=tries)
            if isinstance(plan, Sendable):
                self._enter(shrunk(job, self._route.batch_of(plan.group)), now=now, at_ms=at_ms)
            else:
                self._conclude(job, Trial(outcome=plan, at_ms=at_ms))

    async def _earlier_attempts(self, found: Sequence[tuple[int, Record, Retry | None]]) -> dict[int, int]:
        """Return the numbers that a replay goes on from; all others begin with one."""
        if not self._route.is_replay:
            return {}
        fresh = [offset for offset, _, retry in found if retry is None]
        return await self._tools.ledger.last_numbers(self._route.name, fresh)

    def _enter(self, job: Job, *, now: float, at_ms: int) -> None:
        match self._order.enter(job):
            case Entry.GO:
                self._backlog.put(job, now=now)
            case Entry.PARK:
                self._park(job, at_ms)
            case Entry.WAIT:
                pass

    def _park(self, job: Job, at_ms: int) -> None:
        """Put a delivery into the retry table, behind the one that it has to wait for."""
        self._tally.park(job, at_ms=at_ms)
        self._cursor.settle(job.offset)
        self._retry_rows += 1
        self._note_fullness()
        self._note_settled()

    def _pass_over(self, offset: int) -> None:
        """Settle what lies between: other sources' events, and what retention or an erasure has taken."""
        if offset > self._position:
            self._cursor.settle(self._position + 1, offset)
            self._position = offset

    def _room(self) -> int:
        """Return how many records may be read now."""
        # While events wait for a destination that is down, a whole window is taken in hand: among the events of
        # a window a probe will find one that this destination can digest, if it is up at all.
        # A whole read in hand keeps the workers busy while the next one is mapped in another process.
        has_enough = self._backlog.fresh_count > self._limits.read_records and self._breaker.is_closed
        if self._is_full or has_enough or self._is_read_to_its_end():
            return 0
        unsaved = 0 if self._first_unsaved is None else self._position - self._first_unsaved + 1
        return min(self._limits.read_records, WINDOW - unsaved)

    def _is_read_to_its_end(self) -> bool:
        return self._route.end_offset is not None and self._position >= self._route.end_offset

    def _note_fullness(self) -> None:
        is_full = self._retry_rows >= self._limits.retry_rows
        if is_full and not self._is_full:
            logger.warning("lane_paused", destination=self._route.name, reason=RETRY_TABLE_FULL, rows=self._retry_rows)
        if self._is_full and not is_full:
            logger.info("lane_resumed", destination=self._route.name, rows=self._retry_rows)
            self._ready.set()
        self._is_full = is_full

    async def _load_due_retries(self) -> bool:
        if not self._may_load_retries():
            return False
        now_ms = epoch_ms(self._clock.now())
        offsets: list[int] = []
        while self._schedule and self._schedule[0][0] <= now_ms and len(offsets) < self._limits.retries_in_hand:
            offsets.append(heapq.heappop(self._schedule)[1])
        if not offsets:
            return False
        rows = await self._tools.ledger.retries(self._route.name, offsets)
        await self._put_in_line([(row.offset, row.record, row) for row in rows])
        self._ready.set()
        return True

    def _may_load_retries(self) -> bool:
        if self._backlog.retry_count:
            return False
        return self._breaker.is_closed or not self._backlog.fresh_count

    def _send_probes(self) -> bool:
        probe_at = self._breaker.probe_at
        if probe_at is None or self._probes_in_flight or self._clock.monotonic() < probe_at:
            return False
        self._probes_in_flight = self._backlog.choose_probes(self._breaker.probe_count())
        if self._probes_in_flight:
            self._breaker = self._breaker.probing()
            self._ready.set()
        return self._probes_in_flight > 0

    async def _rest(self) -> None:
        """Wait for news or for the next moment at which something is due."""
        await wait_for(self._feed, clock=self._clock, seconds=self._seconds_until_due())

    def _seconds_until_due(self) -> float | None:
        moments = []
        if self._schedule and self._may_load_retries():
            now_ms = epoch_ms(self._clock.now())
            moments.append((self._schedule[0][0] - now_ms) / MS_PER_SECOND)
        has_work = self._backlog.fresh_count or self._backlog.retry_count
        if self._breaker.probe_at is not None and has_work and not self._probes_in_flight:
            moments.append(self._breaker.probe_at - self._clock.monotonic())
        ready_in = self._backlog.seconds_until_ready(now=self._clock.monotonic())
        if ready_in is not None and ready_in > 0 and self._breaker.is_closed:
            moments.append(ready_in)
        # A clock that ticks in milliseconds may say "due in 0.0002 s": never spin on it.
        return max(min(moments), 1 / MS_PER_SECOND) if moments else None

    # -- the workers ----------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while not self._is_stopping:
            now = self._clock.monotonic()
            jobs = self._backlog.take(now=now, is_flowing=self._breaker.is_closed, has_room=not self._is_full)
            if not jobs:
                self._feed.set()
                self._ready.clear()
                await self._ready.wait()
                continue
            if self._backlog.fresh_count <= self._limits.read_records:
                self._feed.set()
            if await self._has_turn():
                async with self._throttle.slots:
                    numbers = [await self._noted(job) for job in jobs]
                    trials = await self._attempts.make(jobs)
                self._conclude_all(jobs, trials, numbers)

    async def _has_turn(self) -> bool:
        """Wait until the pace allows one more request; False when the lane stops meanwhile."""
        for pace in (self._own_pace, self._throttle.pace):
            seconds = pace.reserve(now=self._clock.monotonic()) if pace else 0
            if seconds > 0:
                await wait_for(self._stopping, clock=self._clock, seconds=seconds)
        return not self._is_stopping

    async def _noted(self, job: Job) -> int | None:
        if not self._route.notes_first:
            return None
        at_ms = epoch_ms(self._clock.now())
        return await self._tools.ledger.begin(self._route.name, job.offset, job.record, at_ms=at_ms)

    def _conclude_all(self, jobs: Sequence[Job], trials: Sequence[Trial], numbers: Sequence[int | None]) -> None:
        """Say what one request meant, to the breaker and the pace once, and for each delivery in it."""
        if trials[0].was_sent:
            self._watch(trials)
            self._measure(jobs, trials)
        for job, trial, number in zip(jobs, trials, numbers, strict=True):
            self._conclude(job, msgspec.structs.replace(trial, number=number), together=len(jobs))

    def _conclude(self, job: Job, result: Trial, *, together: int = 1) -> None:
        if job.is_probe:
            self._probes_in_flight -= 1
            self._feed.set()
        if isinstance(result.outcome, SmallerBatch):
            if together > 1:
                self._split(job, result, together=together)
                return
            outcome = Rejected(result.outcome.reason, result.outcome.status)
            result = msgspec.structs.replace(result, outcome=outcome)
        if self._is_held_back(job, result):
            self._backlog.put(job, now=self._clock.monotonic())
            return
        retry = self._tally.add(job, result, together=together)
        self._let_the_next_one_in(job, has_failed=retry is not None, at_ms=result.at_ms)
        if job.retry is None:
            self._cursor.settle(job.offset)
            self._retry_rows += retry is not None
            self._note_fullness()
        self._note_settled()

    def _let_the_next_one_in(self, job: Job, *, has_failed: bool, at_ms: int) -> None:
        if not self._order.is_kept:
            return
        if has_failed:
            for waiting in self._order.failed(job):
                self._park(waiting, at_ms)
            return
        following = self._order.settled(job)
        if isinstance(following, Job):
            self._backlog.put(following, now=self._clock.monotonic())
            self._ready.set()
        elif following is not None:
            self._plan([Due(at_ms, following)])

    def _split(self, job: Job, result: Trial, *, together: int) -> None:
        """One of many may have spoilt it for all: try again in halves, until it is alone."""
        noted = (*job.noted, self._tally.noted(job, result, together=together))
        again = msgspec.structs.replace(job, together=together // 2, tries=job.tries + 1, noted=noted)
        self._backlog.put(again, now=self._clock.monotonic())
        self._ready.set()
        self._note_settled()

    def _watch(self, trials: Sequence[Trial]) -> None:
        """Tell breaker and pace, and everyone if the breaker changes its mind."""
        now, failure = self._clock.monotonic(), says_down(trials)
        if failure is not None and failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._throttle.pace.throttled(now=now, retry_after_seconds=failure.retry_after_seconds)
        elif failure is None:
            self._throttle.pace.answered()
        if not self._route.has_breaker:
            return
        was_closed = self._breaker.is_closed
        if failure is None:
            self._breaker = self._breaker.answered(now=now)
        else:
            self._breaker = self._breaker.failed(now=now, retry_after_seconds=failure.retry_after_seconds)
        if was_closed != self._breaker.is_closed:
            logger.info("breaker_changed", destination=self._route.name, is_closed=self._breaker.is_closed)
            self._feed.set()
            self._ready.set()

    def _measure(self, jobs: Sequence[Job], trials: Sequence[Trial]) -> None:
        now = self._clock.monotonic()
        self._meter.note(now=now, attempts=len(jobs))
        if not self._route.is_replay:
            for job, trial in zip(jobs, trials, strict=True):
                if isinstance(trial.outcome, Delivered):
                    self._meter.note_latency(latency_ms(job, trial), now=now)

    def _is_held_back(self, job: Job, result: Trial) -> bool:
        """While the destination is down its failures are not written: the events just wait on.

        Unless a retry has used up its patience: else an event that no answer ever comes for, alone in its
        lane, would be probed for ever.
        """
        outcome = result.outcome
        if self._breaker.is_closed or not (isinstance(outcome, RetryLater) and outcome.is_down):
            return False
        patience_ms = self._route.patience.give_up_after_seconds * MS_PER_SECOND
        return job.retry is None or result.at_ms - job.retry.first_at_ms < patience_ms

    # -- the saver ------------------------------------------------------------------------------------------

    def _note_settled(self) -> None:
        skipped = self._cursor.watermark - self._saved_watermark
        if self._tally.has_rows or skipped >= SAVE_SKIPPED_EVERY or (skipped and self._is_read_to_its_end()):
            self._unsaved.set()

    async def _keep_saving(self) -> None:
        while not self._is_finished:
            await self._unsaved.wait()
            self._unsaved.clear()
            await self._save()
        await self._save()

    async def _save(self) -> None:
        settlement = self._tally.take(self._cursor)
        if not settlement.attempts and settlement.watermark == self._saved_watermark:
            return
        await self._tools.ledger.settle(self._route.name, settlement)
        self._saved_watermark = settlement.watermark
        is_all_saved = settlement.watermark >= self._position
        self._first_unsaved = None if is_all_saved else settlement.watermark + 1
        # Finished in the table is what counts: until then a row takes up room.
        self._retry_rows -= len(settlement.finished_retries)
        self._note_fullness()
        self._plan([Due(row.due_at_ms, row.offset) for row in settlement.retries])
        turns = self._order.saved([row.offset for row in settlement.retries if row.due_at_ms >= PARKED_MS])
        self._plan([Due(0, offset) for offset in turns])
        self._feed.set()

    def _plan(self, dues: list[Due]) -> None:
        for due in dues:
            if due.due_at_ms < PARKED_MS:
                heapq.heappush(self._schedule, (due.due_at_ms, due.offset))
        self._feed.set()


def _whose(record: Record) -> Record:
    """Return a record without its body: ten thousand of them are looked at together."""
    return msgspec.structs.replace(record, body=b"")


def _sendable(plan: Plan) -> Sendable:
    return plan if isinstance(plan, Sendable) else NOTHING
