"""One try of one delivery: plan it, send it, read the answer. It writes nothing down."""

import msgspec

from headwater.core.clock import Clock, epoch_ms
from headwater.core.event import Record
from headwater.core.outcomes import Outcome
from headwater.deliver.route import Route
from headwater.net.classify import classify_error
from headwater.net.outbound import Request, Response, Sender, SendError

MS_PER_SECOND = 1_000


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a try. `request` is None when nothing was sent; `number` is set where it was noted before."""

    outcome: Outcome
    at_ms: int
    duration_ms: int = 0
    request: Request | None = None
    response: Response | None = None
    number: int | None = None


async def attempt(record: Record, *, route: Route, sender: Sender, clock: Clock) -> Trial:
    """Try once. An answer, a refusal and silence are all outcomes; nothing is raised for them."""
    plan = route.plan(record)
    at_ms = epoch_ms(clock.now())
    if not isinstance(plan, Request):
        return Trial(outcome=plan, at_ms=at_ms)
    began = clock.monotonic()
    response: Response | None = None
    try:
        response = await sender.send(plan)
        outcome = route.read(response)
    except SendError as error:
        outcome = classify_error(error)
    duration_ms = round((clock.monotonic() - began) * MS_PER_SECOND)
    return Trial(outcome=outcome, at_ms=at_ms, duration_ms=duration_ms, request=plan, response=response)
