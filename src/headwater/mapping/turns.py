"""A program's fair share of the workers, so that one that always runs away can't take them all.

At most two workers run the same program at once. After three failures in a row, with no success between, it is
not run at all for some seconds: whoever asks is told at once, and others find workers free.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


class Turns:
    """The programs that ran lately."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Turn] = OrderedDict()

    @asynccontextmanager
    async def of(self, program: str, *, patience_seconds: float) -> AsyncIterator[Turn]:
        """Wait for a place to run `program` in. Raises TimeoutError when none gets free in time."""
        turn = self._known.setdefault(program, Turn(self._clock))
        self._known.move_to_end(program)
        while len(self._known) > MAX_PROGRAMS:
            self._known.popitem(last=False)
        async with asyncio.timeout(patience_seconds):
            await turn.places.acquire()
        try:
            yield turn
        finally:
            turn.places.release()
