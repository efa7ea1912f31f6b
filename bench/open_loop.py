"""An open-loop client: requests leave when they are due, whatever became of the ones before.

A latency counts from the moment a request was *due*, not from when a connection was free for it: a server that
stops for a second owes that second to every request that fell into it (no coordinated omission).
"""

import asyncio
import gc
import re
import selectors
import time
from array import array
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench import load
from bench.bodies import Body
from bench.line import NotMeasuredError
from bench.servers import Target

CONNECTIONS = 64
HEAD_END = b"\r\n\r\n"
OK = b"HTTP/1.1 200"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """What a window showed, in milliseconds."""

    p50_ms: float
    p99_ms: float
    worst_ms: float
    requests: int


def measure(target: Target, body: Body, *, rate: float, seconds: float) -> Latencies:
    """Post `body` at `rate` a second for `seconds` and return the latencies. Any answer but a 200 raises."""
    # select() takes microseconds; epoll's time-out, in whole milliseconds, would be most of what we measure.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    gc.collect()
    gc.disable()
    try:
        found = sorted(loop.run_until_complete(_Client(target, body).post(rate, seconds)))
    finally:
        gc.enable()
        loop.close()
    return Latencies(
        p50_ms=found[len(found) // 2] * 1000,
        p99_ms=found[min(len(found) - 1, len(found) * 99 // 100)] * 1000,
        worst_ms=found[-1] * 1000,
        requests=len(found),
    )


class _Client:
    """The requests of one window: those that are due and wait for a connection, and the connections that wait."""

    def __init__(self, target: Target, body: Body) -> None:
        self._where = urlsplit(target.url)
        self._request = load.request(target, body, body.pieces[0].encode())
        self._free: deque[_Connection] = deque()
        self._due: deque[float] = deque()
        self._latencies = array("d")
        self._wanted = 0
        self._finished: asyncio.Future[None] | None = None

    async def post(self, rate: float, seconds: float) -> "array[float]":
        loop = asyncio.get_running_loop()
        self._wanted = round(rate * seconds)
        self._finished = loop.create_future()
        for _ in range(CONNECTIONS):
            await loop.create_connection(
                lambda: _Connection(self), str(self._where.hostname), int(self._where.port or 80)
            )
        started = time.perf_counter()
        for number in range(self._wanted):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self._due.append(due)
            self.send()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._finished
        except TimeoutError as error:
            raise NotMeasuredError(f"{self._wanted - len(self._latencies)} answers never came") from error
        for connection in self._free:
            connection.close()
        return self._latencies

    def send(self) -> None:
        """Put what is due on the connections that are free, oldest first."""
        while self._due and self._free:
            self._free.popleft().send(self._request, due=self._due.popleft())

    def connected(self, connection: "_Connection") -> None:
        self._free.append(connection)

    def answered(self, connection: "_Connection", latency_seconds: float) -> None:
        self._latencies.append(latency_seconds)
        self._free.append(connection)
        self.send()
        if len(self._latencies) == self._wanted and self._finished and not self._finished.done():
            self._finished.set_result(None)

    def failed(self, reason: str) -> None:
        if self._finished and not self._finished.done():
            self._finished.set_exception(NotMeasuredError(reason))


class _Connection(asyncio.Protocol):
    """One kept-alive connection with at most one request under way."""

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._sent_due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._client.connected(self)

    def send(self, request: bytes, *, due: float) -> None:
        self._sent_due = due
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(HEAD_END)
        if not separator:
            return
        length = LENGTH.search(head)
        if not head.startswith(OK):
            self._client.failed(f"not every answer was a 200: {self._received!r}")
        elif length is None or self._sent_due is None:
            self._client.failed(f"not an answer that this client understands: {head!r}")
        elif len(rest) >= int(length[1]):
            due, self._sent_due, self._received = self._sent_due, None, b""
            self._client.answered(self, time.perf_counter() - due)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._sent_due is not None:
            self._client.failed(f"the server closed a connection under a request: {exc}")
        self._sent_due = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
