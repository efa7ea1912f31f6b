"""The one place where Jsonnet runs: an Evaluator over killable worker processes (DESIGN decision 9).

A program can't reach a file, the network, the environment or another evaluation. What it can do is fail, and
then the MappingError says why. Its worker may die of it; the next evaluation gets another.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from headwater.core.clock import Clock
from headwater.mapping import faults, frames
from headwater.mapping.evaluation import (
    MappingBusyError,
    MappingCancelledError,
    MappingError,
    MappingLimitError,
    MappingRuntimeError,
    MappingSyntaxError,
    Snippet,
)
from headwater.mapping.limits import MIB, SandboxLimits
from headwater.mapping.pool import NoWorkerError, Pool
from headwater.mapping.process import (
    GAVE_UP,
    KILLED_BY_OTHERS,
    USED_UP,
    WAS_KILLED,
    WORKER_COMMAND,
    Worker,
    WorkerLostError,
)
from headwater.mapping.tokens import KEYWORDS
from headwater.mapping.turns import Turn, Turns

CONDEMNED = "the program ran into its limits again and again, and is not run for a moment"
TRIES = 2  # somebody else's kill (the kernel's, out of memory) is no verdict on the program; twice is one on us

_ERRORS: Mapping[bytes, type[MappingError]] = {
    faults.SYNTAX.encode(): MappingSyntaxError,
    faults.RUNTIME.encode(): MappingRuntimeError,
    faults.CANCELLED.encode(): MappingCancelledError,
    faults.LIMIT.encode(): MappingLimitError,
}


class Sandbox:
    """Implements `evaluation.Evaluator`. Between `start` and `close` it may be used by any number of tasks."""

    def __init__(
        self, *, clock: Clock, limits: SandboxLimits | None = None, command: Sequence[str] = WORKER_COMMAND
    ) -> None:
        self._limits = limits or SandboxLimits()
        confinement = (
            self._limits.address_space_bytes,
            self._limits.output_bytes,
            self._limits.evaluation_seconds,
        )
        self._turns = Turns(clock=clock)
        self._pool = Pool(clock=clock, limits=self._limits, command=(*command, *map(str, confinement)))

    @property
    def worker_pids(self) -> frozenset[int]:
        """The process ids of the live workers."""
        return self._pool.pids

    async def start(self) -> None:
        """Start the warm workers and return when they are ready. Raises MappingBusyError when none starts."""
        try:
            await self._pool.open()
        except NoWorkerError as error:
            raise MappingBusyError(str(error)) from None

    async def close(self) -> None:
        """End every worker and return when they are gone. Evaluations still under way fail with MappingBusyError."""
        await self._pool.close()

    async def evaluate(self, snippet: Snippet, *, arguments: Mapping[str, Any]) -> str:
        """Evaluate `snippet` as a function of `arguments`, as `Evaluator` promises."""
        request = [frames.EVALUATE, *_written(snippet)]
        for name, value in arguments.items():
            request += (_name(name, snippet=snippet), *_json(value, name=name, snippet=snippet))
        return (await self._ask(request, snippet)).decode()

    async def check(self, snippet: Snippet) -> None:
        """Parse `snippet` and resolve its names without running it, as `Evaluator` promises.

        A program that is too much for the parser itself raises MappingLimitError.
        """
        await self._ask([frames.CHECK, *_written(snippet)], snippet)

    async def _ask(self, request: list[bytes], snippet: Snippet) -> bytes:
        if sum(map(len, request)) > self._limits.input_bytes:
            raise MappingLimitError(
                f"{snippet.name}: the program and its arguments are larger than {self._limits.input_bytes} bytes"
            )
        kind, *rest = await self._exchange(request, snippet)
        if kind == frames.DONE:
            return b"".join(rest)
        raise _ERRORS.get(kind, MappingLimitError)(b"".join(rest).decode(errors="replace"))

    async def _exchange(self, request: list[bytes], snippet: Snippet) -> list[bytes]:
        try:
            async with self._turns.of(snippet.text, patience_seconds=self._limits.queue_seconds) as turn:
                return await self._run(request, snippet, turn)
        except TimeoutError:
            raise MappingBusyError from None

    async def _run(self, request: list[bytes], snippet: Snippet, turn: Turn) -> list[bytes]:
        for _ in range(TRIES):
            if turn.is_condemned:
                raise MappingLimitError(f"{snippet.name}: {CONDEMNED}")
            worker = await self._lend()
            try:
                reply = await self._exchange_with(worker, request)
            except WorkerLostError as lost:
                fate = await worker.fate(lost)
                if fate in (GAVE_UP, WAS_KILLED):
                    break
                if fate != KILLED_BY_OTHERS:
                    turn.failed()
                    raise MappingLimitError(f"{snippet.name}: {self._reason(fate)}") from None
            else:
                turn.succeeded()
                return reply
        raise MappingBusyError

    async def _lend(self) -> Worker:
        try:
            return await self._pool.lend()
        except NoWorkerError as error:
            raise MappingBusyError(str(error)) from None

    async def _exchange_with(self, worker: Worker, request: list[bytes]) -> list[bytes]:
        reply: list[bytes] = []
        try:
            reply = await worker.exchange(request, timeout_seconds=self._limits.patience_seconds)
        finally:
            if reply:
                self._pool.give_back(worker)
            else:
                # Also when the caller was cancelled: nobody reads the reply that is still to come.
                worker.kill()
        return reply

    def _reason(self, fate: str) -> str:
        if fate == USED_UP:
            return f"the program ran for more than {self._limits.evaluation_seconds:g} s and was stopped"
        memory = self._limits.address_space_bytes // MIB
        return f"the program needed more than {memory} MiB of memory, or more than its stack, and was stopped"


def _written(snippet: Snippet) -> tuple[bytes, bytes]:
    try:
        return snippet.name.encode(errors="replace"), snippet.text.encode()
    except UnicodeEncodeError:
        raise MappingSyntaxError(f"{snippet.name}: the program is not valid Unicode") from None


def _name(name: str, *, snippet: Snippet) -> bytes:
    # The worker writes names into a call of the program: nothing but a name may get there.
    if not (name.isascii() and name.isidentifier()) or name in KEYWORDS:
        raise MappingRuntimeError(f"{snippet.name}: {name!r} can't be the name of an argument")
    return name.encode()


def _json(value: Any, *, name: str, snippet: Snippet) -> Iterable[bytes]:
    """Return an argument as frames.py has it: an object's members apart, so that only what is read gets parsed."""
    try:
        if not isinstance(value, dict) or not all(isinstance(member, str) for member in value):
            return frames.WHOLE, msgspec.json.encode(value)
        pairs = [(member.encode(), msgspec.json.encode(inner)) for member, inner in value.items()]
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise MappingRuntimeError(f"{snippet.name}: the argument {name} can't be written as JSON: {error}") from None
    return b"%d" % len(pairs), *(part for pair in pairs for part in pair)
