"""One request's worth of deliveries: sent, and its answer read for each. It writes nothing down."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from headwater.core.clock import Clock, epoch_ms
from headwater.core.outcomes import Delivered, Filtered, Outcome, Rejected, RetryLater
from headwater.deliver.backlog import Job
from headwater.deliver.destination import Action, Item, SmallerBatch
from headwater.deliver.plan import Load
from headwater.net import signing
from headwater.net.classify import classify_error
from headwater.net.outbound import Request, Response, Sender, SendError
from headwater.net.signing import BadSigningKeyError

MS_PER_SECOND = 1_000
SHADOW = "SHADOW"
SHARED_RESPONSE_BYTES = 2 * 1024

_encoder = msgspec.json.Encoder()


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a try. `request` is None when none was made; `number` is set where it was noted before.

    `before`: of a shadow's event that has several requests, those that would have left before it.
    """

    outcome: Outcome | SmallerBatch
    at_ms: int
    duration_ms: int = 0
    request: Request | None = None
    response: Response | None = None
    before: tuple[Request, ...] = ()
    number: int | None = None

    @property
    def was_sent(self) -> bool:
        """Whether the receiver has a part in it."""
        return self.request is not None and not isinstance(self.outcome, Filtered)


class Way(Protocol):
    """What is to be known of a route to try something along it."""

    @property
    def is_shadow(self) -> bool:
        """Whether nothing is sent."""

    def request(self, action: Action, items: Sequence[Item]) -> Request | Rejected:
        """Return the request for items of one group, made now. Never raises."""

    def read(self, response: Response, action: Action, items: Sequence[Item]) -> list[Outcome | SmallerBatch]:
        """Return what an answer means for each item. Never raises."""


class Attempts:
    """Tries deliveries along one route. An answer, a refusal and silence are all outcomes; nothing is raised."""

    def __init__(self, route: Way, *, sender: Sender, clock: Clock) -> None:
        self._route = route
        self._sender = sender
        self._clock = clock

    async def make(self, jobs: Sequence[Job]) -> list[Trial]:
        """Try `jobs`, which share a request, and return what came of each."""
        if len(jobs) == 1:
            return [await self._one_by_one(jobs[0])]
        loads = [job.plan.loads[0] for job in jobs]
        return await self.send(loads)

    async def _one_by_one(self, job: Job) -> Trial:
        """Send what there is of one event; the first that isn't delivered speaks for all."""
        if len(job.plan.loads) == 1:
            return (await self.send(job.plan.loads))[0]
        if self._route.is_shadow:
            return await self._recorded(job.plan.loads)
        began = self._clock.monotonic()
        trial, *_ = await self.send(job.plan.loads[:1])
        for load in job.plan.loads[1:]:
            if not isinstance(trial.outcome, Delivered):
                break
            trial, *_ = await self.send([load])
        return msgspec.structs.replace(trial, duration_ms=self._passed_ms(began))

    async def _recorded(self, loads: Sequence[Load]) -> Trial:
        """Return what a shadow makes of one event: all its requests, and a refusal where one of them can't be made."""
        trials = [(await self.send([load]))[0] for load in loads]
        refused = next((trial for trial in trials if trial.request is None), None)
        made = tuple(trial.request for trial in trials if trial.request is not None)
        return refused or msgspec.structs.replace(trials[-1], before=made[:-1])

    async def send(self, loads: Sequence[Load]) -> list[Trial]:
        """Send what shares one request, and return what came of each load."""
        action, items = loads[0].action, [item for load in loads for item in load.items]
        now = self._clock.now()
        made = self._route.request(action, items)
        at_ms = epoch_ms(now)
        if isinstance(made, Rejected):
            # Which of them trips the kind is not known; alone each shows.
            found = made if len(items) == 1 else SmallerBatch(made.reason)
            return [Trial(outcome=found, at_ms=at_ms)] * len(loads)
        if self._route.is_shadow:
            parts = [_part_of(made, load) if len(loads) > 1 else made for load in loads]
            return [Trial(outcome=Filtered(SHADOW), at_ms=at_ms, request=part) for part in parts]
        began, response = self._clock.monotonic(), None
        try:
            response = await self._sender.send(signing.signed(made, message_id=items[0].message_id, now=now))
            outcomes = self._route.read(response, action, items)
        except BadSigningKeyError as error:
            outcomes = [Rejected(error.message)] * len(items)
        except SendError as error:
            outcomes = [classify_error(error)] * len(items)
        duration_ms = self._passed_ms(began)
        return [
            Trial(
                outcome=outcome,
                at_ms=at_ms,
                duration_ms=duration_ms,
                request=_part_of(made, load) if len(loads) > 1 else made,
                response=_beginning_of(response) if len(loads) > 1 else response,
            )
            for load, outcome in zip(loads, _of_each(loads, outcomes), strict=True)
        ]

    def _passed_ms(self, began: float) -> int:
        return round((self._clock.monotonic() - began) * MS_PER_SECOND)


def _part_of(request: Request, load: Load) -> Request:
    """Return what one delivery remembers of a request that it shared: its own part, not everybody's a hundred times."""
    return msgspec.structs.replace(request, body=_encoder.encode([item.payload for item in load.items]))


def _beginning_of(response: Response | None) -> Response | None:
    return response and msgspec.structs.replace(response, body=response.body[:SHARED_RESPONSE_BYTES])


def says_down(trials: Sequence[Trial]) -> RetryLater | None:
    """Return the failure if all that was sent together says that the receiver is down."""
    found = [trial.outcome for trial in trials]
    for outcome in found:
        if not isinstance(outcome, RetryLater) or not outcome.is_down:
            return None
    return found[0] if isinstance(found[0], RetryLater) else None


def _of_each(loads: Sequence[Load], outcomes: Sequence[Outcome | SmallerBatch]) -> list[Outcome | SmallerBatch]:
    """Return what became of each load: the worst of its items."""
    if len(loads) == len(outcomes):  # nearly always: an item each
        return list(outcomes)
    found, start = [], 0
    for load in loads:
        found.append(max(outcomes[start : start + len(load.items)], key=_badness))
        start += len(load.items)
    return found


def _badness(outcome: Outcome | SmallerBatch) -> int:
    order: tuple[type[Outcome | SmallerBatch], ...] = (Delivered, Filtered, Rejected, SmallerBatch, RetryLater)
    return order.index(type(outcome)) if type(outcome) in order else len(order)
