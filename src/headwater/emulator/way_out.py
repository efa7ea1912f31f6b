"""What stands before the way out: nothing leaves but what is allowed to, and everything is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from headwater.core.clock import Clock
from headwater.emulator.answers import Answer, Answers, fits
from headwater.emulator.recorder import ALIAS, ANSWERED, RECORDED, SENT, Recorder
from headwater.net import outbound
from headwater.net.outbound import ReceiverTimeoutError, Request, Response, Sender, SendError, UnreachableError

OK = 200
LOST = {
    "reset": "The connection was reset by the receiver.",
    "refuse": "The connection was refused.",
    "dns": "The name can't be resolved.",
    "tls": "The certificate of the receiver can't be verified.",
}

Names = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What all ways out of one emulator share. `allowed` are patterns of what really leaves (`answers.fits`)."""

    recorder: Recorder
    answers: Answers
    clock: Clock
    allowed: list[str] = field(default_factory=list)


class EmulatedWayOut:
    """A `Sender` before the real one. `name_of`: what a destination is called; `is_own`: whether we are that host."""

    def __init__(self, sender: Sender, *, gate: Gate, is_own: Callable[[str], bool], name_of: Names) -> None:
        self._sender = sender
        self._gate = gate
        self._is_own = is_own
        self._name_of = name_of

    async def send(self, request: Request) -> Response:
        """Send, or pretend to. Raises what the real one raises."""
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
            return success(request) if how == RECORDED else await self._sender.send(request)
        if answer.fault is None:
            headers = tuple((name.lower(), value) for name, value in answer.headers.items())
            return Response(status=answer.status, headers=headers, body=answer.body.encode())
        if answer.fault in LOST:
            raise UnreachableError(LOST[answer.fault])
        # By the emulated clock: whoever wants to see what comes after advances it.
        await self._gate.clock.sleep(request.timeout_seconds)
        until = "no answer" if answer.fault == "hang" else "no complete answer"
        raise ReceiverTimeoutError(f"The receiver gave {until} within {request.timeout_seconds:g} s.")


def success(request: Request) -> Response:
    """Return the answer to what is kept instead of sent: every tool of ours takes it for a success."""
    return Response(status=OK, body=request.success)
