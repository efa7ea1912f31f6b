"""A worker process as the server sees it: start it, exchange one request at a time, kill it.

It may start and kill its own child and nothing else. Both directions run over one socket pair, which is the
child's standard input and output: when the server dies, however it dies, the child reads its end and goes.
"""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import suppress

from headwater.mapping import frames

# -I: no environment, no user site, no current folder on the path.
WORKER_COMMAND = (sys.executable, "-I", "-m", "headwater.mapping.worker")
NEUTRAL_FOLDER = "/"
READ_BYTES = 16 * 1024

GAVE_UP = "gave up waiting"
DIED = "died"
USED_UP = "used its processor time up"
KILLED_BY_OTHERS = "was killed by somebody else"
BROKE_PROTOCOL = "broke the protocol"
WAS_KILLED = "was killed"


class WorkerLostError(Exception):
    """The worker is gone. `reason` is one of the constants above."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Worker:
    """One live worker. `start` makes it."""

    def __init__(self, process: Process, wire: "_Wire") -> None:
        self._process = process
        self._wire = wire
        self.exchanges = 0

    @classmethod
    async def start(cls, command: Sequence[str], *, max_reply_bytes: int, timeout_seconds: float) -> "Worker":
        """Start a worker and return when it is ready.

        Raises WorkerLostError or OSError when it doesn't get there; then nothing of it is left.
        """
        wire = _Wire(max_reply_bytes)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=theirs.fileno(), stdout=theirs.fileno(), env={}, cwd=NEUTRAL_FOLDER
            )
            ready = wire.expect(timeout_seconds)
            await asyncio.get_running_loop().create_connection(lambda: wire, sock=ours.dup())
        worker = cls(process, wire)
        is_ready = False
        try:
            is_ready = await ready == [frames.READY]
        finally:
            if not is_ready:
                worker.kill()
                await worker.gone()
        if not is_ready:
            raise WorkerLostError(BROKE_PROTOCOL)
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return not self._wire.is_lost

    def tell_when_lost(self, listener: Callable[[], None]) -> None:
        """Call `listener` once, when this worker goes for whatever reason."""
        self._wire.on_lost = listener

    async def exchange(self, request: Sequence[bytes], *, timeout_seconds: float) -> list[bytes]:
        """Send `request` and return the reply; one at a time.

        Raises WorkerLostError when the reply doesn't come in time or isn't one; the worker is lost then.
        """
        self.exchanges += 1
        reply = self._wire.expect(timeout_seconds)
        self._wire.write(frames.pack(request))
        return await reply

    def kill(self) -> None:
        """End it now, whatever it is doing. Harmless when it is gone already."""
        self._wire.lose(WAS_KILLED)
        if self._process.returncode is None:
            # Not Process.kill: it would reap the child before asyncio does, which then complains of an unknown one.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Return when the operating system has let it go."""
        await self._process.wait()

    async def fate(self, lost: WorkerLostError) -> str:
        """Return why it was lost, as far as the operating system knows."""
        if lost.reason != DIED:
            return lost.reason
        code = await self._process.wait()
        return {-signal.SIGPROF: USED_UP, -signal.SIGKILL: KILLED_BY_OTHERS}.get(code, DIED)


class _Wire(asyncio.BufferedProtocol):
    """The server's end of the socket pair."""

    # A plain Protocol asks the system for 256 KiB of memory before each read, and gives it back after.

    def __init__(self, max_reply_bytes: int) -> None:
        self._max_reply_bytes = max_reply_bytes
        self._piece = bytearray(READ_BYTES)
        self._buffer = bytearray()
        self._reply: asyncio.Future[list[bytes]] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.on_lost: Callable[[], None] | None = None
        self.is_lost = False

    def expect(self, timeout_seconds: float) -> asyncio.Future[list[bytes]]:
        """Return the future of the next reply."""
        loop = asyncio.get_running_loop()
        reply = self._reply = loop.create_future()
        if self.is_lost:
            reply.set_exception(WorkerLostError(DIED))
        else:
            # Not asyncio.timeout: when the server itself was held up for longer than the deadline, a reply that
            # lies ready is read first, and counts.
            self._deadline = loop.call_later(timeout_seconds, self.lose, GAVE_UP)
        return reply

    def write(self, frame: bytes) -> None:
        if self._transport is not None and not self.is_lost:
            self._transport.write(frame)

    def lose(self, reason: str) -> None:
        """Give the worker up: whoever waits for its reply gets WorkerLostError with `reason`."""
        if self.is_lost:
            return
        self.is_lost = True
        if self._transport is not None:
            self._transport.abort()
        self._settle(WorkerLostError(reason))
        if self.on_lost is not None:
            self.on_lost()

    def _settle(self, outcome: list[bytes] | WorkerLostError) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        reply, self._reply = self._reply, None
        if reply is None or reply.done():
            return
        if isinstance(outcome, WorkerLostError):
            reply.set_exception(outcome)
        else:
            reply.set_result(outcome)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.lose(DIED)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - asyncio's signature
        return self._piece

    def buffer_updated(self, nbytes: int) -> None:
        self._buffer += memoryview(self._piece)[:nbytes]
        if len(self._buffer) < frames.LENGTH_BYTES:
            return
        end = frames.LENGTH_BYTES + frames.body_length(self._buffer)
        # Never trust what comes from there: a hostile program may have taken the worker over.
        if end > self._max_reply_bytes or len(self._buffer) > end or self._reply is None:
            self.lose(BROKE_PROTOCOL)
        elif len(self._buffer) == end:
            self._accept(end)

    def _accept(self, end: int) -> None:
        body = bytes(self._buffer[frames.LENGTH_BYTES : end])
        self._buffer.clear()
        try:
            reply = frames.unpack(body)
        except frames.FrameError:
            reply = []
        if reply:
            self._settle(reply)
        else:
            self.lose(BROKE_PROTOCOL)
