"""A program's fair share of the workers, so that one that always runs away can't take them all.

At most two workers run the same program at once. After three failures in a row, with no success between, it is
not run at all for some seconds: whoever asks is told at once, and others find workers free.
"""

import asyncio
from collections import OrderedDict
from types import TracebackType

from headwater.core.clock import Clock

AT_ONCE = 2
FAILURES = 3
CONDEMNED_SECONDS = 5.0
MAX_PROGRAMS = 1_000


class Turn:
    """What is known of one program."""

    def __init__(self, clock: Clock) -> None:
        self.places = asyncio.Semaphore(AT_ONCE)
        self._clock = clock
        self._failures = 0
        self._condemned_until = 0.0

    @property
    def is_condemned(self) -> bool:
        return self._failures >= FAILURES and self._clock.monotonic() < self._condemned_until

    def failed(self) -> None:
        """It ran into its limits."""
        self._failures += 1
        self._condemned_until = self._clock.monotonic() + CONDEMNED_SECONDS

    def succeeded(self) -> None:
        """It gave an answer, if only an error of its own."""
        self._failures = 0


class Place:
    """Waits for a place to run a program in, and leaves it at the end."""

    # No @asynccontextmanager and no timer where nobody waits: this is on the way of every evaluation.

    def __init__(self, turn: Turn, patience_seconds: float) -> None:
        self._turn = turn
        self._patience_seconds = patience_seconds

    async def __aenter__(self) -> Turn:
        places = self._turn.places
        if places.locked():
            async with asyncio.timeout(self._patience_seconds):
                await places.acquire()
        else:
            await places.acquire()
        return self._turn

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._turn.places.release()


class Turns:
    """The programs that ran lately."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Turn] = OrderedDict()

    def of(self, program: str, *, patience_seconds: float) -> Place:
        """Return the place of `program`: an `async with` waits for it. TimeoutError when it isn't free in time."""
        turn = self._known.get(program)
        if turn is None:
            turn = self._known[program] = Turn(self._clock)
        self._known.move_to_end(program)
        while len(self._known) > MAX_PROGRAMS:
            self._known.popitem(last=False)
        return Place(turn, patience_seconds)
