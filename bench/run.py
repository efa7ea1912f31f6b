"""What a row is given: how long and how often to measure, where its data may lie, and whom to tell how far it is."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.line import Line

LOOK_AROUND_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    alternations: int
    seconds: float
    window_seconds: float
    idle_seconds: float
    soak_minutes: float
    ids: int
    delivered_events: int
    backlog_events: int
    lake_events: int
    console_people: int
    console_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One row under way; `folder` is its own and empty, and gone afterwards; what is put into `kept` stays."""

    options: Options
    folder: Path
    kept: Path
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What can be chosen with --row. `seconds` is about how long it takes; `measure` may raise NotMeasuredError."""

    name: str
    title: str
    seconds: Callable[[Options], float]
    measure: Callable[[Run], list[Line]]
    floor: float
    goal: float


class Progress:
    """Says on stderr how far the whole run is."""

    def __init__(self, rows: list[Row], options: Options) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._total_seconds = sum(LOOK_AROUND_SECONDS + row.seconds(options) for row in rows)
        self._started = time.monotonic()
        names = ", ".join(row.name for row in rows)
        self._console.print(f"{len(rows)} rows ({names}), about {minutes(self._total_seconds)} in all")

    def say(self, row: Row, what: str) -> None:
        passed = minutes(time.monotonic() - self._started)
        self._console.print(f"{passed} of about {minutes(self._total_seconds)}  {row.name}: {what}")

    @property
    def passed(self) -> str:
        return minutes(time.monotonic() - self._started)


def minutes(seconds: float) -> str:
    """Return `seconds` as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
