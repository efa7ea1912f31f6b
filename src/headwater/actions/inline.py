"""Sending an Action while the person waits: attempts, pauses and what an answer means (reference/ory.md 1.6, 1.7).

Kratos's client: 30 s an attempt, three attempts, 1 s and 2 s between them, Retry-After honoured.
"""

from collections.abc import Callable

import msgspec

from headwater.actions.errors import ActionFailedError, ActionTimedOutError
from headwater.core.clock import Clock
from headwater.deliver.queued import REQUEST_ID_HEADER, TRIGGER_ID_HEADER
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

Answer = Response | SendError
Headers = tuple[tuple[str, str], ...]


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """How inline requests leave: the same for every hook of a runner."""

    sender: Sender
    clock: Clock
    new_id: Callable[[], str]


async def send(
    request: Request, *, post: Post, trigger_id: str | None, pauses_seconds: tuple[float, ...] = PAUSES_SECONDS
) -> None:
    """Return once the receiver has it. Raises ActionFailedError, or ActionTimedOutError, when all attempts failed.

    `trigger_id` stays the same over the attempts, each of which has its own request id; None sends neither.
    """
    answer = await _attempt(request, post=post, trigger_id=trigger_id)
    for pause_seconds in pauses_seconds:
        if not _is_worth_another(answer):
            break
        await post.clock.sleep(_pause(answer, pause_seconds, post.clock))
        answer = await _attempt(request, post=post, trigger_id=trigger_id)
    _judge(answer)


async def _attempt(request: Request, *, post: Post, trigger_id: str | None) -> Answer:
    headers = _stamped(request.headers, trigger_id, post.new_id()) if trigger_id else request.headers
    try:
        return await post.sender.send(msgspec.structs.replace(request, headers=headers))
    except SendError as error:
        return error


def _stamped(headers: Headers, trigger_id: str, request_id: str) -> Headers:
    # A header of the same name in the configuration would make every firing the same one.
    ours = {TRIGGER_ID_HEADER.lower(), REQUEST_ID_HEADER.lower()}
    kept = tuple(pair for pair in headers if pair[0].lower() not in ours)
    return (*kept, (TRIGGER_ID_HEADER, trigger_id), (REQUEST_ID_HEADER, request_id))


def _is_worth_another(answer: Answer) -> bool:
    if isinstance(answer, SendError):
        return isinstance(answer, UnreachableError | ReceiverTimeoutError)
    is_server_error = answer.status >= FIRST_SERVER_ERROR and answer.status != NOT_IMPLEMENTED
    return is_server_error or answer.status == TOO_MANY_REQUESTS


def _pause(answer: Answer, usual_seconds: float, clock: Clock) -> float:
    asked = None
    if isinstance(answer, Response) and answer.status in (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE):
        asked = retry_after_seconds(answer.header("retry-after"), now=clock.now())
    return usual_seconds if asked is None else min(asked, MAX_PAUSE_SECONDS)


def _judge(answer: Answer) -> None:
    if isinstance(answer, ReceiverTimeoutError):
        raise ActionTimedOutError from answer
    if isinstance(answer, SendError):
        raise ActionFailedError from answer
    if answer.status >= FIRST_CLIENT_ERROR:
        raise ActionFailedError(f"An Action of this flow failed: its receiver answered {describe(answer.status)}.")
