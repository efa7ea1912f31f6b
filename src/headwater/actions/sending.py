"""Sending an Action while the person waits: attempts and pauses (reference/ory.md 1.6). What it means: `verdict.py`.

Kratos's client: 30 s an attempt, three attempts, 1 s and 2 s between them, Retry-After honoured.
"""

from collections.abc import Callable

import msgspec

from headwater.actions.firing import Attempt
from headwater.core.clock import Clock, epoch_ms
from headwater.deliver.queued import REQUEST_ID_HEADER, TRIGGER_ID_HEADER
from headwater.net import signing
from headwater.net.classify import describe, retry_after_seconds
from headwater.net.outbound import ReceiverTimeoutError, Request, Response, Sender, SendError, UnreachableError

PAUSES_SECONDS = (1.0, 2.0)
# Without this bound a receiver could keep a sign-up waiting as long as it likes.
MAX_PAUSE_SECONDS = 30.0
ONE_ATTEMPT: tuple[float, ...] = ()

TOO_MANY_REQUESTS = 429
SERVICE_UNAVAILABLE = 503
FIRST_CLIENT_ERROR = 400
FIRST_SERVER_ERROR = 500
NOT_IMPLEMENTED = 501
MS = 1000

Answer = Response | SendError
Headers = tuple[tuple[str, str], ...]


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """How inline requests leave: the same for every hook of a runner."""

    sender: Sender
    clock: Clock
    new_id: Callable[[], str]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the last answer, or why there was none, and each attempt."""

    answer: Answer
    attempts: tuple[Attempt, ...]

    @property
    def response(self) -> Response | None:
        return self.answer if isinstance(self.answer, Response) else None


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A request with the id that stays the same over its attempts. Unless `is_stamped`, the receiver isn't told it."""

    request: Request
    trigger_id: str
    is_stamped: bool = True


async def send(parcel: Parcel, *, post: Post, pauses_seconds: tuple[float, ...] = PAUSES_SECONDS) -> Sent:
    """Send until there is an answer that another attempt wouldn't better, or no attempt is left."""
    attempts: list[Attempt] = []
    answer = await _attempt(parcel, post, attempts)
    for pause_seconds in pauses_seconds:
        if not is_worth_another(answer):
            break
        await post.clock.sleep(_pause(answer, pause_seconds, post.clock))
        answer = await _attempt(parcel, post, attempts)
    return Sent(answer=answer, attempts=tuple(attempts))


def is_worth_another(answer: Answer) -> bool:
    """Tell whether the receiver may answer better soon: it is down, busy, or can't be reached."""
    if isinstance(answer, SendError):
        return isinstance(answer, UnreachableError | ReceiverTimeoutError)
    is_server_error = answer.status >= FIRST_SERVER_ERROR and answer.status != NOT_IMPLEMENTED
    return is_server_error or answer.status == TOO_MANY_REQUESTS


async def _attempt(parcel: Parcel, post: Post, attempts: list[Attempt]) -> Answer:
    request_id = post.new_id()
    request, started = parcel.request, post.clock.monotonic()
    if parcel.is_stamped:
        stamped = _stamped(request.headers, parcel.trigger_id, request_id)
        request = msgspec.structs.replace(request, headers=stamped)
    request = signing.signed(request, message_id=parcel.trigger_id, now=post.clock.now())
    at_ms = epoch_ms(post.clock.now())
    answer = await _answer(request, post.sender)
    attempts.append(
        Attempt(
            at_ms=at_ms,
            duration_ms=round((post.clock.monotonic() - started) * MS),
            status=answer.status if isinstance(answer, Response) else None,
            reason=_reason_or_none(answer),
            request_id=request_id if parcel.is_stamped else None,
        )
    )
    return answer


async def _answer(request: Request, sender: Sender) -> Answer:
    try:
        return await sender.send(request)
    except SendError as error:
        return error


def _reason_or_none(answer: Answer) -> str | None:
    if isinstance(answer, SendError):
        return answer.message
    return f"the receiver answered {describe(answer.status)}" if answer.status >= FIRST_CLIENT_ERROR else None


def _stamped(headers: Headers, trigger_id: str, request_id: str) -> Headers:
    # A header of the same name in the configuration would make every firing the same one.
    ours = {TRIGGER_ID_HEADER.lower(), REQUEST_ID_HEADER.lower()}
    kept = tuple(pair for pair in headers if pair[0].lower() not in ours)
    return (*kept, (TRIGGER_ID_HEADER, trigger_id), (REQUEST_ID_HEADER, request_id))


def _pause(answer: Answer, usual_seconds: float, clock: Clock) -> float:
    asked = None
    if isinstance(answer, Response) and answer.status in (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE):
        asked = retry_after_seconds(answer.header("retry-after"), now=clock.now())
    return usual_seconds if asked is None else min(asked, MAX_PAUSE_SECONDS)
