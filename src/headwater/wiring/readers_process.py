"""Keeps the second process running: starts it, watches it, starts it again, and takes it down with us."""

import asyncio
import contextlib
import socket
import sys
from typing import Protocol

import msgspec
import structlog

from headwater.core.clock import Clock
from headwater.wiring.link import Handler, Link, LinkDownError
from headwater.wiring.readers import Orders

logger = structlog.get_logger(__name__)

MODULE = "headwater.wiring.readers"
RESTART_SECONDS = 1.0
STOP_SECONDS = 3.5


class Started(Protocol):
    """What is asked of a running process."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def kill(self) -> None: ...

    async def wait(self) -> int: ...


class ReadersProcess:
    """The process that delivers. `link` reaches it while it runs."""

    def __init__(self, orders: Orders, *, handlers: dict[str, Handler], clock: Clock) -> None:
        self._orders = orders
        self._clock = clock
        self.link = Link(handlers)
        self._process: Started | None = None
        self._end: socket.socket | None = None
        self._is_stopping = False

    @property
    def pid(self) -> int | None:
        """Which process it is, None while there is none."""
        is_there = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and is_there else None

    async def run(self) -> None:
        """Run it, again and again, until `stop`."""
        while not self._is_stopping:
            try:
                await self._run_once()
            except OSError as error:  # no memory or no process to be had just now
                logger.error("readers_not_started", reason=str(error))  # noqa: TRY400
            if not self._is_stopping:
                logger.error("readers_died", restart_in_seconds=RESTART_SECONDS)
                await self._clock.sleep(RESTART_SECONDS)

    async def follow(self) -> None:
        """Return once it delivers as configured now. While it doesn't run it does: it starts with what there is."""
        try:
            await self.link.ask("configured")
        except LinkDownError as error:
            logger.warning("readers_did_not_follow", reason=error.message)

    async def stop(self) -> None:
        """Let it finish what it is doing, then see it gone."""
        self._is_stopping = True
        if self._end is not None:
            with contextlib.suppress(OSError):
                self._end.shutdown(socket.SHUT_RDWR)
        if self._process is not None:
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                logger.warning("readers_killed", reason=f"they did not stop within {STOP_SECONDS:g} s")
                self._process.kill()
                await self._process.wait()

    async def _run_once(self) -> None:
        ours, theirs = socket.socketpair()
        self._end = ours
        self._process = await self._start(theirs, msgspec.json.encode(self._orders).decode())
        theirs.close()
        await self.link.run(ours)
        await self._process.wait()

    async def _start(self, end: socket.socket, orders: str) -> Started:
        """Start the process with its `end` of the link. Raises OSError."""
        command = [sys.executable, "-m", MODULE, str(end.fileno()), orders]
        return await asyncio.create_subprocess_exec(*command, pass_fds=[end.fileno()])
