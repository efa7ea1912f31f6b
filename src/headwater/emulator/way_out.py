"""What stands before the way out: nothing leaves but what is allowed to, and everything is kept."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import msgspec

from headwater.emulator.answers import Answer, fits
from headwater.emulator.gate import RESET, Gate
from headwater.emulator.recorder import ALIAS, ANSWERED, RECORDED, SENT
from headwater.net import hop, outbound
from headwater.net.outbound import (
    BadOutboundRequestError,
    ReceiverTimeoutError,
    Request,
    Response,
    Sender,
    SendError,
    UnreachableError,
)

OK = 200
WEB = ("http", "https")
LOST = {
    "reset": "The connection was reset by the receiver.",
    "refuse": "The connection was refused.",
    "dns": "The name can't be resolved.",
    "tls": "The certificate of the receiver can't be verified.",
}

Names = Callable[[str], str | None]


class EmulatedWayOut:
    """A `Sender` before the real one. `name_of`: what a destination is called; `is_own`: whether we are that host."""

    def __init__(self, sender: Sender, *, gate: Gate, is_own: Callable[[str], bool], name_of: Names) -> None:
        self._sender = sender
        self._gate = gate
        self._is_own = is_own
        self._name_of = name_of

    async def send(self, request: Request) -> Response:
        """Send, or pretend to. Raises what the real one raises.

        A redirect is a request of its own: where it leads to is allowed, or isn't.
        """
        for _ in range(hop.MAX_REDIRECTS + 1):
            response = await self._leave(request)
            following = redirected(request, response)
            if following is None:
                return response
            request = following
        raise BadOutboundRequestError(f"{urlsplit(request.url).netloc} redirects more than {hop.MAX_REDIRECTS} times.")

    async def _leave(self, request: Request) -> Response:
        if self._gate.is_shut:
            raise UnreachableError(RESET)
        destination = self._destination()
        answer = self._gate.answers.take(request, names=destination or ())
        how = self._how(request, answer, names=destination or ())
        response, failure = None, None
        try:
            response = await self._answered(request, answer, how)
        except SendError as error:
            failure = error.message
            raise
        finally:
            if not self._gate.is_shut:
                self._gate.recorder.note(request, how=how, response=response, failure=failure, destination=destination)
        return response

    def _destination(self) -> tuple[str, str] | None:
        found = outbound.on_behalf_of.get()
        name = self._name_of(found) if found else None
        return None if name is None else (found, name)

    def _how(self, request: Request, answer: Answer | None, *, names: tuple[str, ...]) -> str:
        if answer is not None:
            return ANSWERED
        if self._is_own(urlsplit(request.url).hostname or ""):
            return ALIAS
        is_allowed = any(fits(pattern, request.url, names=names) for pattern in self._gate.allowed)
        return SENT if is_allowed else RECORDED

    async def _answered(self, request: Request, answer: Answer | None, how: str) -> Response:
        if answer is None:
            return success(request) if how == RECORDED else await self._sender.send(_one_hop(request))
        if answer.fault is None:
            headers = tuple((name.lower(), value) for name, value in answer.headers.items())
            return Response(status=answer.status, headers=headers, body=answer.body.encode())
        if answer.fault in LOST:
            raise UnreachableError(LOST[answer.fault])
        # By the emulated clock: whoever wants to see what comes after advances it.
        await self._gate.hang(request)
        until = "no answer" if answer.fault == "hang" else "no complete answer"
        raise ReceiverTimeoutError(f"The receiver gave {until} within {request.timeout_seconds:g} s.")


def redirected(request: Request, response: Response) -> Request | None:
    """Return the request that an answer leads to, None where it leads nowhere. Raises as the real sender does."""
    location = response.header("location")
    if location is None or urlsplit(request.url).scheme not in WEB:
        return None
    moved = hop.after_redirect(hop.first(request), response.status, location)
    if moved is None:
        return None
    return msgspec.structs.replace(
        request, method=moved.method, url=str(moved.url), headers=moved.headers, body=moved.body
    )


def success(request: Request) -> Response:
    """Return the answer to what is kept instead of sent: every tool of ours takes it for a success."""
    return Response(status=OK, body=request.success)


def _one_hop(request: Request) -> Request:
    return msgspec.structs.replace(request, follows_redirects=False)


def said_of(hanging: Sequence[Request]) -> list[str]:
    """Say of requests that hang what they wait for."""
    return [
        f"a receiver, {urlsplit(one.url).hostname}, that hangs until the emulated clock is advanced by"
        f" {one.timeout_seconds:g} s"
        for one in hanging
    ]
