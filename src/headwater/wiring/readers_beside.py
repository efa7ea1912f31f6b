"""The readers in the server's own process: for the emulator, whose time, faults and recordings are one."""

import asyncio
import os
import socket

from headwater.core.clock import Clock
from headwater.wiring.link import Handler
from headwater.wiring.readers import Orders, Readers
from headwater.wiring.readers_process import STOP_SECONDS, ReadersProcess
from headwater.wiring.way_out import WayOut


class ReadersBeside(ReadersProcess):
    """A `ReadersProcess` without one. `readers` is what runs."""

    def __init__(self, orders: Orders, *, handlers: dict[str, Handler], clock: Clock, through: WayOut) -> None:
        super().__init__(orders, handlers=handlers, clock=clock)
        self.readers = Readers(orders, environ=os.environ, clock=clock, through=through)
        self._running: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        """Let them finish what they are doing, within bounds."""
        await super().stop()
        if self._running is not None:
            await asyncio.wait([self._running], timeout=STOP_SECONDS)

    async def _run_once(self) -> None:
        ours, theirs = socket.socketpair()
        self._end = ours
        self._running = asyncio.create_task(self.readers.run(theirs), name="readers")
        await self.link.run(ours)
        await self._running
