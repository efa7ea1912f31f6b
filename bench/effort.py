"""What a piece of work costs a server: the processor time of its own process, and of all of its processes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bench import processes
from bench.servers import Target

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long something took, and what of the processor: `own_seconds` of the server's process, and of all."""

    wall_seconds: float
    own_seconds: float
    all_seconds: float


def of(target: Target, work: Callable[[], Result]) -> tuple[Result, Effort]:
    """Do `work` and return its result and what it cost."""
    before, started = processes.cpu_seconds(target.pid), time.perf_counter()
    result = work()
    wall_seconds = time.perf_counter() - started
    used = processes.used_seconds(before, processes.cpu_seconds(target.pid))
    return result, Effort(wall_seconds=wall_seconds, own_seconds=used[target.pid], all_seconds=sum(used.values()))
