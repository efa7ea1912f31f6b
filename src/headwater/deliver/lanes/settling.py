"""What a trial means for its delivery: settled, tried again, split, held back; and whose turn it is then."""

from collections.abc import Sequence

import msgspec

from headwater.core.outcomes import Delivered, Rejected, RetryLater
from headwater.deliver.backlog import Job
from headwater.deliver.destination import SmallerBatch
from headwater.deliver.lanes.saver import Saver
from headwater.deliver.lanes.state import LaneState
from headwater.deliver.ledger import Due
from headwater.deliver.tally import latency_ms
from headwater.deliver.trial import Trial

MS_PER_SECOND = 1_000


class Settling:
    """One lane's. It writes nothing itself: the saver does, soon."""

    def __init__(self, state: LaneState, *, saver: Saver) -> None:
        self._state = state
        self._saver = saver
        self._clock = state.tools.clock

    def conclude_all(self, jobs: Sequence[Job], trials: Sequence[Trial], numbers: Sequence[int | None]) -> None:
        """Say what one request meant, to the breaker and the pace once, and for each delivery in it."""
        if trials[0].was_sent:
            self._state.health.note(trials)
            self._measure(jobs, trials)
        for job, trial, number in zip(jobs, trials, numbers, strict=True):
            numbered = trial if number is None else msgspec.structs.replace(trial, number=number)
            self.conclude(job, numbered, together=len(jobs))

    def conclude(self, job: Job, result: Trial, *, together: int = 1) -> None:
        """Say what a trial, or the decision to make none, meant for one delivery."""
        if job.is_probe:
            self._state.health.probe_answered()
        if isinstance(result.outcome, SmallerBatch):
            if together > 1:
                self._split(job, result, together=together)
                return
            outcome = Rejected(result.outcome.reason, result.outcome.status)
            result = msgspec.structs.replace(result, outcome=outcome)
        if self._is_held_back(job, result):
            self._state.backlog.put(job, now=self._clock.monotonic())
            return
        self._settle(job, result, together=together)

    def park(self, job: Job, *, at_ms: int) -> None:
        """Put a delivery into the retry table, behind the one that it has to wait for."""
        self._state.tally.park(job, at_ms=at_ms)
        self._state.headway.cursor.settle(job.offset)
        self._state.waiting.grow(1)
        self._saver.note_settled()

    def _settle(self, job: Job, result: Trial, *, together: int) -> None:
        retry = self._state.tally.add(job, result, together=together)
        self._let_the_next_one_in(job, has_failed=retry is not None, at_ms=result.at_ms)
        if job.retry is None:
            self._state.headway.cursor.settle(job.offset)
            if retry is not None:
                self._state.waiting.grow(1)
        self._saver.note_settled()

    def _let_the_next_one_in(self, job: Job, *, has_failed: bool, at_ms: int) -> None:
        order = self._state.order
        if not order.is_kept:
            return
        if has_failed:
            for waiting in order.failed(job):
                self.park(waiting, at_ms=at_ms)
            return
        following = order.settled(job)
        if isinstance(following, Job):
            self._put_back(following)
        elif following is not None:
            self._state.waiting.plan([Due(at_ms, following)])

    def _split(self, job: Job, result: Trial, *, together: int) -> None:
        """One of many may have spoilt it for all: try again in halves, until it is alone."""
        noted = (*job.noted, self._state.tally.noted(job, result, together=together))
        self._put_back(msgspec.structs.replace(job, together=together // 2, tries=job.tries + 1, noted=noted))
        self._saver.note_settled()

    def _put_back(self, job: Job) -> None:
        self._state.backlog.put(job, now=self._clock.monotonic())
        self._state.signals.ready.set()

    def _is_held_back(self, job: Job, result: Trial) -> bool:
        """While the destination is down its failures are not written: the events just wait on.

        Unless a retry has used up its patience: else an event that no answer ever comes for, alone in its
        lane, would be probed for ever.
        """
        outcome = result.outcome
        if self._state.health.is_up or not (isinstance(outcome, RetryLater) and outcome.is_down):
            return False
        patience_ms = self._state.route.patience.give_up_after_seconds * MS_PER_SECOND
        return job.retry is None or result.at_ms - job.retry.first_at_ms < patience_ms

    def _measure(self, jobs: Sequence[Job], trials: Sequence[Trial]) -> None:
        now, meter = self._clock.monotonic(), self._state.meter
        meter.note(now=now, attempts=len(jobs))
        if not self._state.route.is_replay:
            for job, trial in zip(jobs, trials, strict=True):
                if isinstance(trial.outcome, Delivered):
                    meter.note_latency(latency_ms(job, trial), now=now)
