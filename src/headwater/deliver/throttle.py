"""How fast, and how many requests at once, a destination is sent: one measure for its own lane and its replays."""

import asyncio

from headwater.deliver.pace import Pace


class Throttle:
    """Shared by all that sends to one destination. What it is told of a 429 holds for all of them."""

    def __init__(self, *, per_second: float | None, at_once: int) -> None:
        self.pace = Pace(per_second)
        self.slots = asyncio.Semaphore(at_once)


class Throttles:
    """One throttle for each destination, a new one when its limits change."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[float | None, int], Throttle]] = {}

    def of(self, destination: str, *, per_second: float | None, at_once: int) -> Throttle:
        """Return the destination's."""
        limits = (per_second, at_once)
        if destination not in self._known or self._known[destination][0] != limits:
            self._known[destination] = limits, Throttle(per_second=per_second, at_once=at_once)
        return self._known[destination][1]
