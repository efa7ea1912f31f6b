"""Sandboxed Jsonnet, one evaluation after the other, against go-jsonnet in this very process, which is what Ory runs.

The program is the one that `headwater connect` installs; the ctx is one that a server of ours has just given to an
Action. Both sides get it as Python values, and write the same bytes.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import _gojsonnet
import msgspec

from bench import processes, servers, sign_ups
from bench.alternation import alternate
from bench.line import Line, NotMeasuredError
from bench.rows.import_identities import admin_key
from bench.run import Options, Row, Run
from headwater.core.clock import SystemClock
from headwater.mapping.evaluation import Snippet
from headwater.mapping.sandbox import Sandbox
from headwater.workspace.identify_action import JSONNET

SNIPPET = Snippet(JSONNET, "body")
IN_FLIGHT = 4
SETUP_SECONDS = 10.0
SMALL_SHARE = 0.3
US = 1e6


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + (options.alternations * 2 * (1 + SMALL_SHARE) + 1) * options.seconds


def _measure(run: Run) -> list[Line]:
    ctx = _real_ctx(run)
    small = {"identity": {name: ctx["identity"][name] for name in ("id", "traits")}}
    with _evaluations() as sandboxed:
        whole = _Sides(sandboxed, ctx, seconds=run.options.seconds)
        little = _Sides(sandboxed, small, seconds=SMALL_SHARE * run.options.seconds)
        found, of_little = (alternate(run, ours=one.ours, against=one.against) for one in (whole, little))
        together = sandboxed.per_second(ctx, in_flight=IN_FLIGHT, seconds=run.options.seconds)
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            unit=" times",
            spread=found.spread,
            ours=f"{found.ours:,.0f}/s",
            against=f"{found.against:,.0f}/s",
            floor=ROW.floor,
            goal=ROW.goal,
            note=(
                f"{whole.size:,} bytes; {IN_FLIGHT} in flight: {together:,.0f}/s; processor time {whole.costs};"
                f" with {little.size} bytes {of_little.ratio:.2f} times ({of_little.ours:,.0f}/s)"
            ),
        )
    ]


def _real_ctx(run: Run) -> dict[str, Any]:
    with servers.of_bench("receiver") as receiver, servers.headwater(run.folder / "data") as target:
        people = sign_ups.SignUps(target, receiver.url, key=admin_key(target))
        people.prepare()
        return people.context()


class _Evaluations:
    """A sandbox and the event loop that it lives on."""

    def __init__(self, runner: asyncio.Runner, sandbox: Sandbox) -> None:
        self._runner = runner
        self._sandbox = sandbox

    def once(self, ctx: dict[str, Any]) -> str:
        return self._runner.run(self._evaluate(ctx))

    def per_second(self, ctx: dict[str, Any], *, in_flight: int, seconds: float) -> float:
        """Evaluate for so long, so many at once."""
        return self._runner.run(self._together(ctx, in_flight, seconds))

    async def _together(self, ctx: dict[str, Any], in_flight: int, seconds: float) -> float:
        started = time.perf_counter()
        counts = await asyncio.gather(*(self._in_turn(ctx, started + seconds) for _ in range(in_flight)))
        return sum(counts) / (time.perf_counter() - started)

    async def _in_turn(self, ctx: dict[str, Any], end: float) -> int:
        count = 0
        while time.perf_counter() < end:
            await self._evaluate(ctx)
            count += 1
        return count

    async def _evaluate(self, ctx: dict[str, Any]) -> str:
        return await self._sandbox.evaluate(SNIPPET, arguments={"ctx": ctx})


@contextmanager
def _evaluations() -> Iterator[_Evaluations]:
    with asyncio.Runner() as runner:
        sandbox = Sandbox(clock=SystemClock())
        runner.run(sandbox.start())
        try:
            yield _Evaluations(runner, sandbox)
        finally:
            runner.run(sandbox.close())


class _Sides:
    """Both sides of the ratio, one evaluation after the other, and what each takes of the processor."""

    def __init__(self, sandboxed: _Evaluations, ctx: dict[str, Any], *, seconds: float) -> None:
        self._sandboxed = sandboxed
        self._ctx = ctx
        self._seconds = seconds
        self._ours_us: list[float] = []
        self._against_us: list[float] = []
        if sandboxed.once(ctx) != _in_process(ctx):
            raise NotMeasuredError("the sandbox and go-jsonnet don't write the same")

    @property
    def size(self) -> int:
        return len(msgspec.json.encode(self._ctx))

    @property
    def costs(self) -> str:
        return f"{statistics.median(self._ours_us):.0f} µs against {statistics.median(self._against_us):.0f}"

    def ours(self) -> float:
        before = processes.cpu_seconds(os.getpid())
        rate = self._sandboxed.per_second(self._ctx, in_flight=1, seconds=self._seconds)
        used = processes.used_seconds(before, processes.cpu_seconds(os.getpid()))
        self._ours_us.append(sum(used.values()) / (rate * self._seconds) * US)
        return rate

    def against(self) -> float:
        started, before, count = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() < started + self._seconds:
            _in_process(self._ctx)
            count += 1
        self._against_us.append((time.process_time() - before) / count * US)
        return count / (time.perf_counter() - started)


def _in_process(ctx: dict[str, Any]) -> str:
    code = msgspec.json.encode(ctx).decode()
    output: str = _gojsonnet.evaluate_snippet(
        SNIPPET.name, SNIPPET.text, tla_codes={"ctx": code}, import_callback=_refuse_import
    )
    return output


def _refuse_import(_folder: str, _path: str) -> NoReturn:
    raise PermissionError


ROW: Row = Row(
    name="jsonnet",
    title="sandboxed evaluations of the identify Action's Jsonnet, one after the other ÷ go-jsonnet in-process",
    seconds=_seconds,
    measure=_measure,
    floor=2,
    goal=5,
)
