"""Room for work that takes much of something, first come first served, with a short queue and then a clear no."""

import asyncio
from collections import deque

from headwater.identity.passwords.overload import HashingOverloadedError


class Lane:
    """`capacity` units to be taken and given back; at most `waiting` tasks queue for them."""

    def __init__(self, *, capacity: int, waiting: int) -> None:
        self._capacity = capacity
        self._free = capacity
        self._waiting = waiting
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, units: int) -> None:
        """Return once `units` are ours, at most all there are. Raises HashingOverloadedError if the queue is full."""
        if not self._queue and units <= self._free:
            self._free -= units
            return
        if len(self._queue) >= self._waiting:
            raise HashingOverloadedError
        entry = (units, asyncio.get_running_loop().create_future())
        self._queue.append(entry)
        try:
            await entry[1]
        except asyncio.CancelledError:
            self._abandon(entry)
            raise

    def give_back(self, units: int) -> None:
        """Return what `take` took, from the event loop's thread."""
        self._free += units
        while self._queue and self._queue[0][0] <= self._free:
            units_wanted, turn = self._queue.popleft()
            self._free -= units_wanted
            turn.set_result(None)

    def _abandon(self, entry: tuple[int, asyncio.Future[None]]) -> None:
        """Whoever waited is gone: in the queue, or in the moment after their turn came."""
        if entry in self._queue:
            self._queue.remove(entry)
            self.give_back(0)
        else:
            self.give_back(entry[0])
