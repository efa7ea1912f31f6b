"""The workers: a few warm ones at rest, more under load, fewer again, and a new one for each that dies."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from headwater.core.clock import Clock
from headwater.mapping.limits import SandboxLimits
from headwater.mapping.process import Worker, WorkerLostError

REPLY_SLACK_BYTES = 4096  # beside the output, a reply has lengths and a first word, or is a fault's message

CLOSED = "The Jsonnet sandbox is not running; try again in a moment."
CROWDED = "Too many Jsonnet evaluations are waiting; try again in a moment."
LATE = "No Jsonnet worker became free in time; try again in a moment."
BROKEN = "No Jsonnet worker starts. Standard error has the reason; is the installation whole?"


class NoWorkerError(Exception):
    """No worker can be had; the message is a sentence for the caller."""


class Pool:
    """Lends each worker to one borrower at a time."""

    def __init__(self, *, clock: Clock, limits: SandboxLimits, command: Sequence[str]) -> None:
        self._clock = clock
        self._limits = limits
        self._command = tuple(command)
        self._workers: set[Worker] = set()
        self._idle: deque[Worker] = deque()
        self._least_idle = 0
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._starting = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._shrinking: asyncio.Task[None] | None = None
        self._is_open = False

    @property
    def pids(self) -> frozenset[int]:
        """The process ids of the live workers."""
        return frozenset(worker.pid for worker in self._workers)

    async def open(self) -> None:
        """Start the warm workers, if there are to be some. Raises NoWorkerError when none of them starts."""
        self._is_open = True
        self._refill()
        await asyncio.gather(*self._tasks)
        if self._limits.warm_workers and not self._workers:
            raise NoWorkerError(BROKEN)
        self._shrinking = asyncio.create_task(self._shrink())

    async def close(self) -> None:
        """Turn borrowers away, end every worker, and return when they are gone."""
        self._is_open = False
        if self._shrinking is not None:
            self._shrinking.cancel()
        self._turn_away(CLOSED)
        while self._workers or self._tasks:
            for worker in tuple(self._workers):
                worker.kill()
            await asyncio.gather(*self._tasks)

    async def lend(self) -> Worker:
        """Return a worker for the caller alone, who gives it back or kills it. Raises NoWorkerError."""
        if self._idle:
            worker = self._idle.pop()  # the last one back: its caches are warm, and the others may go
            self._least_idle = min(self._least_idle, len(self._idle))
            return worker
        if not self._is_open:
            raise NoWorkerError(CLOSED)
        if len(self._waiting) >= self._limits.queue_length:
            raise NoWorkerError(CROWDED)
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._least_idle = 0
        self._grow()
        return await self._wait(turn)

    def give_back(self, worker: Worker) -> None:
        """Take a worker back after a whole exchange."""
        if worker.exchanges >= self._limits.evaluations_per_worker:
            worker.kill()
        elif worker.is_alive:
            self._offer(worker)

    async def _wait(self, turn: asyncio.Future[Worker]) -> Worker:
        patience = asyncio.create_task(self._clock.sleep(self._limits.queue_seconds))
        either: set[asyncio.Future[Any]] = {turn, patience}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if turn.done():
                return turn.result()
            raise NoWorkerError(LATE)
        except asyncio.CancelledError:
            if turn.done() and not turn.exception():
                self._offer(turn.result())
            raise
        finally:
            patience.cancel()
            turn.cancel()
            with suppress(ValueError):
                self._waiting.remove(turn)

    def _offer(self, worker: Worker) -> None:
        """Give `worker` to the first who waits, or let it rest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    def _turn_away(self, reason: str) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(NoWorkerError(reason))

    # More workers, and fewer

    def _refill(self) -> None:
        """Have as many as at rest."""
        while self._is_open and len(self._workers) + self._starting < self._limits.warm_workers:
            self._start()

    def _grow(self) -> None:
        """Have one more if somebody waits whom no worker on its way will serve."""
        is_room = len(self._workers) + self._starting < self._limits.max_workers
        if self._is_open and is_room and self._starting < len(self._waiting):
            self._start()

    def _start(self) -> None:
        self._starting += 1
        self._spawn(self._start_one())

    async def _start_one(self) -> None:
        try:
            worker = await Worker.start(
                self._command,
                max_reply_bytes=self._limits.output_bytes + REPLY_SLACK_BYTES,
                timeout_seconds=self._limits.start_seconds,
            )
        except (WorkerLostError, OSError):
            # No second try: the next borrower makes it. Those who wait now would wait in vain.
            if not self._workers:
                self._turn_away(BROKEN)
            return
        finally:
            self._starting -= 1
        self._workers.add(worker)
        worker.tell_when_lost(lambda: self._forget(worker))
        self._offer(worker)

    def _forget(self, worker: Worker) -> None:
        """A worker is lost: make sure that it ends, and replace it."""
        self._workers.discard(worker)
        with suppress(ValueError):
            self._idle.remove(worker)
        worker.kill()
        self._spawn(worker.gone())
        if worker.exchanges:
            # One that never answered anything is replaced when somebody asks: should none last, we would start
            # them for ever.
            self._refill()
        self._grow()

    async def _shrink(self) -> None:
        """Every so often, end as many workers above the warm ones as were not needed at any moment since."""
        while True:
            self._least_idle = len(self._idle)
            await self._clock.sleep(self._limits.idle_seconds)
            surplus = min(self._least_idle, len(self._workers) - self._limits.warm_workers)
            for worker in tuple(self._idle)[: max(surplus, 0)]:
                worker.kill()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
