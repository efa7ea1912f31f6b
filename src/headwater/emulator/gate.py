"""What all ways out of one emulator share: the record, the rules, who hangs, and whether anything may leave at all."""

import asyncio
from dataclasses import dataclass, field

from headwater.emulator.allowed import Allowed
from headwater.emulator.answers import Answers
from headwater.emulator.clock import EmulatedClock
from headwater.emulator.recorder import Recorder
from headwater.net.outbound import Request, UnreachableError

RESET = "The emulator is being reset."


@dataclass(slots=True, kw_only=True)
class Gate:
    """`allowed` is what really leaves. Shut, it lets nothing pass and records nothing."""

    recorder: Recorder
    answers: Answers
    clock: EmulatedClock
    allowed: Allowed = field(default_factory=Allowed)
    is_shut: bool = False
    _hanging: dict[asyncio.Future[None], Request] = field(default_factory=dict)

    @property
    def hanging(self) -> list[Request]:
        """Those whose receiver gives no answer."""
        return list(self._hanging.values())

    def shut(self) -> None:
        """Let nothing pass any more, and end what hangs: what was sent before a reset is not of the time after it."""
        self.is_shut = True
        for pause in self._hanging:
            pause.cancel()

    def open(self) -> None:
        self.is_shut = False

    async def hang(self, request: Request) -> None:
        """Return when the sender of `request` gives up, by the emulated clock; UnreachableError if shut first."""
        pause = self.clock.alarm(request.timeout_seconds)
        self._hanging[pause] = request
        try:
            await asyncio.wait({pause})
        finally:
            del self._hanging[pause]
            pause.cancel()
        if self.is_shut:
            raise UnreachableError(RESET)
