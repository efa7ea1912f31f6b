"""A destination tried out on one event: how it is decided, what would be sent, and on demand what is answered.

It goes along the engine's own route; the ledger, the cursor and the breaker never hear of it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.clock import Clock
from headwater.core.event import Record
from headwater.core.outcomes import Delivered, Filtered, NotAuthorised, Outcome, Rejected, RetryLater, State
from headwater.deliver import catalogue, exchange, suppression
from headwater.deliver.decision_path import DecisionPath, Step
from headwater.deliver.destination import Action, Item, SmallerBatch
from headwater.deliver.destination_route import DestinationRoute
from headwater.deliver.kept_settings import Read
from headwater.deliver.plan import Load, Plan, Sendable
from headwater.deliver.trial import Attempts, Trial
from headwater.mapping.evaluation import Evaluator
from headwater.net.outbound import Request, Sender
from headwater.workspace.configuration import Destination
from headwater.workspace.suppressed import NOBODY, Suppressed

TEST_HEADER = ("Headwater-Test", "true")
READY, BUSY = "ready", "busy"

_STATES: dict[type, str] = {Filtered: State.FILTERED.value, Rejected: State.REJECTED.value, RetryLater: BUSY}
_decoder = msgspec.json.Decoder(dict[str, Any])


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one event. `state` is ready, filtered, rejected, or busy where nobody could tell just now.

    `answers` are those of the requests that were really sent.
    """

    message_id: str
    type: str
    state: str
    reason: str | None = None
    steps: list[Step] = []
    requests: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What would go out for one event, or why nothing would. `requests` hold secrets; `shown` are the same without."""

    state: str
    reason: str | None = None
    requests: list[Request] = []
    shown: list[dict[str, Any]] = []


class DryRuns:
    """Tries destinations. `read_secret` gives what their settings only name; what it shows has no secrets."""

    def __init__(
        self,
        *,
        evaluator: Evaluator,
        sender: Sender,
        clock: Clock,
        read_secret: Read,
        suppressed: Suppressed = NOBODY,
    ) -> None:
        self._evaluator = evaluator
        self._sender = sender
        self._clock = clock
        self._read_secret = read_secret
        self._suppressed = suppressed

    async def run(self, destination: Destination, record: Record, *, is_sent: bool = False) -> Tried:
        """Return what the engine would make of `record`; with `is_sent` it is sent, marked as a test.

        A shadow is tried like any other. Raises UnknownKindError, or a HeadwaterError for settings that don't fit.
        """
        route = self._route(destination)
        (plan,) = await route.plan([record])
        steps, outgoing = await self._steps(destination, record, plan), _outgoing(plan, route)
        return Tried(
            message_id=record.message_id,
            type=record.type,
            state=outgoing.state,
            reason=outgoing.reason,
            steps=exchange.hidden(steps, secrets=route.secrets),
            requests=outgoing.shown,
            answers=await self._answers(plan, route) if is_sent and outgoing.state == READY else [],
        )

    async def outgoing(self, destination: Destination, records: Sequence[Record]) -> list[Outgoing]:
        """Return what would be sent for each record. Raises as `run` does."""
        route = self._route(destination)
        return [_outgoing(plan, route) for plan in await route.plan(records)]

    def _route(self, destination: Destination) -> DestinationRoute:
        return DestinationRoute(
            destination,
            evaluator=self._evaluator,
            read_secret=self._read_secret,
            clock=self._clock,
            suppressed=self._suppressed,
        )

    async def _steps(self, destination: Destination, record: Record, plan: Any) -> list[Step]:
        try:
            event = _decoder.decode(record.body)
        except msgspec.DecodeError:
            return []  # the plan says so
        path = DecisionPath(
            destination, kind=catalogue.kind(destination.kind), evaluator=self._evaluator, clock=self._clock
        )
        (verdict,) = await suppression.verdicts([record], suppressed=self._suppressed)
        return await path.steps(record, event, plan, suppressed=verdict)

    async def _answers(self, plan: Plan, route: DestinationRoute) -> list[dict[str, Any]]:
        """Send one load after the other, as the engine does: the first that isn't delivered ends it."""
        attempts = Attempts(_AsATest(route), sender=self._sender, clock=self._clock)
        found: list[dict[str, Any]] = []
        for load in plan.loads if isinstance(plan, Sendable) else ():
            (trial,) = await attempts.send([load])
            found.append(_answer(load, trial, route))
            if not isinstance(trial.outcome, Delivered):
                break
        return found


class _AsATest:
    """A route whose requests say that they are a test."""

    is_shadow = False  # whoever sends a test wants it sent

    def __init__(self, route: DestinationRoute) -> None:
        self._route = route
        self.read = route.read

    def request(self, action: Action, items: Sequence[Item]) -> Request | Rejected:
        made = self._route.request(action, items)
        if isinstance(made, Rejected):
            return made
        return msgspec.structs.replace(made, headers=(*made.headers, TEST_HEADER))


def _outgoing(plan: Plan, route: DestinationRoute) -> Outgoing:
    if not isinstance(plan, Sendable):
        return Outgoing(state=_STATES[type(plan)], reason=plan.reason)
    made = [(load, route.request(load.action, load.items)) for load in plan.loads]
    for _, request in made:
        if isinstance(request, Rejected):
            return Outgoing(state=State.REJECTED.value, reason=request.reason)
    found = [(load, request) for load, request in made if isinstance(request, Request)]
    return Outgoing(
        state=READY,
        requests=[request for _, request in found],
        shown=[_request(load, request, route) for load, request in found],
    )


def _request(load: Load, request: Request, route: DestinationRoute) -> dict[str, Any]:
    shown = exchange.sent(request, secrets=route.secrets)
    return {"action": load.action.name, **shown, "is_signed": bool(request.signing_secrets)}


def _answer(load: Load, trial: Trial, route: DestinationRoute) -> dict[str, Any]:
    outcome = exchange.hidden(_said(trial.outcome), secrets=route.secrets)
    told = {"action": load.action.name, "duration_ms": trial.duration_ms, "outcome": outcome}
    if trial.request is None:
        return told
    sent = msgspec.json.decode(exchange.describe(trial.request, trial.response, secrets=route.secrets))
    return {**told, "response": sent["response"]}


def _said(outcome: Outcome | SmallerBatch) -> dict[str, Any]:
    match outcome:
        case Delivered():
            return {"state": State.DELIVERED.value, "status": outcome.status, "reason": None}
        case Filtered():
            return {"state": State.FILTERED.value, "status": None, "reason": outcome.reason}
        case RetryLater() | SmallerBatch():
            state = State.RETRYING
        case Rejected():
            state = State.REJECTED
        case NotAuthorised():
            state = State.NOT_AUTHORISED
    return {"state": state.value, "status": outcome.status, "reason": outcome.reason}
