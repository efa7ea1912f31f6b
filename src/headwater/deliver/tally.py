"""Collects what deliveries leave behind until the next save. No input, no output but a line to the logger."""

from collections.abc import Callable, Collection

import structlog

from headwater.core.outcomes import Delivered, Filtered, NotAuthorised, Outcome, Rejected, RetryLater, State
from headwater.deliver import exchange, patience
from headwater.deliver.backlog import Job
from headwater.deliver.cursor import Cursor
from headwater.deliver.destination import SmallerBatch
from headwater.deliver.metrics import codes
from headwater.deliver.order import PARKED_MS, WAITS
from headwater.deliver.patience import Patience
from headwater.deliver.schedule import next_attempt_ms
from headwater.deliver.settlement import WAITING, Attempt, DeadLetter, Retry, Settlement
from headwater.deliver.trial import Trial

logger = structlog.get_logger(__name__)

OUTCOME_NAMES: dict[type[Outcome | SmallerBatch], str] = {
    Delivered: "delivered",
    RetryLater: "retry_later",
    Rejected: "rejected",
    NotAuthorised: "not_authorised",
    Filtered: "filtered",
    SmallerBatch: "smaller_batch",
}


class Tally:
    """The next settlement in the making. `secrets` are texts that no record of an exchange may hold."""

    def __init__(self, *, patience: Patience, chance: Callable[[], float], secrets: Collection[str] = ()) -> None:
        self._patience = patience
        self._chance = chance
        self._secrets = secrets
        self._empty()

    @property
    def rows(self) -> int:
        return len(self._attempts)

    def noted(self, job: Job, trial: Trial, *, together: int) -> Attempt:
        """Return an attempt that decides nothing yet: it is added with what does."""
        number = trial.number or job.last_number + 1
        return _attempt(job, trial, number, together=together, secrets=self._secrets)

    def add(self, job: Job, trial: Trial, *, together: int = 1) -> Retry | None:
        """Note what became of `job`, which shared its request; return its new retry row if it will be tried again."""
        # Number 0 is no attempt: the decision not to make one. After attempts that decision has the last word.
        is_first_word = isinstance(trial.outcome, Filtered) and job.last_number == 0
        number = trial.number or (0 if is_first_word else job.last_number + 1)
        self._attempts += [*job.noted, _attempt(job, trial, number, together=together, secrets=self._secrets)]
        outcome = trial.outcome
        retry = self._retry(job, trial, outcome, number) if isinstance(outcome, RetryLater) else None
        if retry is not None:
            self._retries.append(retry)
        elif job.retry is not None:
            self._finished.append(job.offset)
        if retry is None and not isinstance(outcome, Delivered | Filtered):
            self._dead_letters.append(_dead_letter(job, trial, number, self._secrets, self._patience))
        return retry

    def park(self, job: Job, *, at_ms: int) -> None:
        """Note that `job` waits in the retry table for another delivery: that is no attempt."""
        self._attempts.append(
            Attempt(
                offset=job.offset,
                number=0,
                message_id=job.record.message_id,
                source=job.record.source,
                at_ms=at_ms,
                outcome=WAITING,
                status=None,
                reason=WAITS,
                duration_ms=0,
                detail=None,
            )
        )
        self._retries.append(
            Retry(
                offset=job.offset,
                due_at_ms=PARKED_MS,
                attempts=0,
                last_number=job.last_number,
                first_at_ms=at_ms,
                record=job.record,
                redriven_at_ms=_redriven_at_ms(job),
            )
        )

    def take(self, cursor: Cursor) -> Settlement:
        """Return everything noted so far, with the cursor as it is now, and begin anew."""
        settlement = Settlement(
            watermark=cursor.watermark,
            ranges=cursor.encoded_ranges(),
            attempts=self._attempts,
            retries=self._retries,
            finished_retries=self._finished,
            dead_letters=self._dead_letters,
        )
        self._empty()
        return settlement

    def _empty(self) -> None:
        self._attempts: list[Attempt] = []
        self._retries: list[Retry] = []
        self._finished: list[int] = []
        self._dead_letters: list[DeadLetter] = []

    def _retry(self, job: Job, trial: Trial, failure: RetryLater, number: int) -> Retry | None:
        """Return when this delivery is tried again, or None when patience is at its end."""
        failures = (job.retry.attempts if job.retry else 0) + 1
        now_ms = trial.at_ms + trial.duration_ms
        has_failed_before = job.retry is not None and job.retry.attempts > 0
        first_at_ms = job.retry.first_at_ms if job.retry and has_failed_before else now_ms
        due_at_ms = next_attempt_ms(
            failure,
            attempts=failures,
            first_at_ms=first_at_ms,
            now_ms=now_ms,
            patience=self._patience,
            chance=self._chance(),
        )
        if due_at_ms is None:
            return None
        return Retry(
            offset=job.offset,
            due_at_ms=due_at_ms,
            attempts=failures,
            last_number=number,
            first_at_ms=first_at_ms,
            record=job.record,
            redriven_at_ms=_redriven_at_ms(job),
        )


def latency_ms(job: Job, trial: Trial) -> int:
    """Return how long an event was on its way, from its receipt to the answer; never less than nothing."""
    return max(trial.at_ms + trial.duration_ms - job.record.received_at_ms, 0)


def _attempt(job: Job, trial: Trial, number: int, *, together: int, secrets: Collection[str]) -> Attempt:
    outcome, was_made = trial.outcome, trial.request is not None
    return Attempt(
        offset=job.offset,
        number=number,
        message_id=job.record.message_id,
        source=job.record.source,
        at_ms=trial.at_ms,
        outcome=OUTCOME_NAMES[type(outcome)],
        status=None if isinstance(outcome, Filtered) else outcome.status,
        reason=None if isinstance(outcome, Delivered) else exchange.hidden(outcome.reason, secrets=secrets),
        duration_ms=trial.duration_ms,
        detail=None if isinstance(outcome, Delivered) else _detail(trial, secrets),
        action=", ".join(dict.fromkeys(load.action.name for load in job.plan.loads)) or None,
        payload_bytes=_payload_bytes(job, trial),
        together=together if was_made else None,
        latency_ms=latency_ms(job, trial) if isinstance(outcome, Delivered) else None,
        is_redriven=_redriven_at_ms(job) is not None,
    )


def _payload_bytes(job: Job, trial: Trial) -> int | None:
    """Return what an event had of the request's body: all of it, where events don't travel together."""
    if trial.request is None:
        return None
    return job.size or len(trial.request.body)


def _redriven_at_ms(job: Job) -> int | None:
    return job.retry.redriven_at_ms if job.retry else None


def _dead_letter(job: Job, trial: Trial, number: int, secrets: Collection[str], its_patience: Patience) -> DeadLetter:
    outcome = trial.outcome
    # The tool's own words may be in it, and it may quote what it was sent.
    reason = "" if isinstance(outcome, Delivered) else exchange.hidden(outcome.reason, secrets=secrets)
    return DeadLetter(
        offset=job.offset,
        at_ms=trial.at_ms + trial.duration_ms,
        state=State.NOT_AUTHORISED if isinstance(outcome, NotAuthorised) else State.REJECTED,
        reason=f"{_gave_up(its_patience)}{reason}" if isinstance(outcome, RetryLater) else reason,
        attempts=number,
        record=job.record,
        detail=_detail(trial, secrets),
        code=_code(outcome, reason),
        status=None if isinstance(outcome, Filtered) else outcome.status,
    )


def _gave_up(its_patience: Patience) -> str:
    return f"gave up (patience {patience.written(its_patience)}): "


def _code(outcome: Outcome | SmallerBatch, reason: str) -> str:
    if isinstance(outcome, RetryLater):
        return codes.GAVE_UP
    return codes.of_refused(reason, None if isinstance(outcome, Filtered) else outcome.status)


def _detail(trial: Trial, secrets: Collection[str]) -> bytes | None:
    if trial.request is None:
        return None
    try:
        return exchange.describe(trial.request, trial.response, before=trial.before, secrets=secrets)
    except UnicodeEncodeError as error:
        # A lone surrogate: the outcome is worth more than its description, and without it all would be sent again.
        logger.warning("exchange_not_described", reason=error.reason)
        return None
