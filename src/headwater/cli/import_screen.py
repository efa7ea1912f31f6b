"""How an import is getting on, on stderr: a bar for people who watch, a line now and then for a log."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from headwater.cli import one_line
from headwater.core.clock import Clock

LINE_EVERY_SECONDS = 5.0
SHOWN_REFUSALS = 10
PERCENT = 100
MINUTE_SECONDS = 60
BAR = ("{task.description}", "{task.percentage:>3.0f} %", "{task.fields[said]}")


class Screen:
    """Shows what the import counts; `total_bytes` is None when nobody knows how much there is."""

    def __init__(self, *, clock: Clock, total_bytes: int | None) -> None:
        self._clock = clock
        self._total_bytes = total_bytes
        self._began = self._last = clock.monotonic()
        self._first_byte: int | None = None
        self._shown = 0
        console = Console(stderr=True, markup=False, highlight=False)
        self._bar: Progress | None = None
        self._task = TaskID(0)
        if console.is_terminal and total_bytes:
            description, percent, said = (TextColumn(text, markup=False) for text in BAR)
            self._bar = Progress(description, BarColumn(), percent, said, console=console)
            self._task = self._bar.add_task("people", total=total_bytes, said="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, *, done_bytes: int) -> None:
        """Say where this run starts: what an earlier one did counts for nothing in the rate."""
        self._first_byte = done_bytes
        self._began = self._clock.monotonic()

    def show(self, *, rows: int, done_bytes: int, imported: int, refused: int) -> None:
        """Show the counts: `rows` are this run's, the others the whole import's."""
        now = self._clock.monotonic()
        said = f"{rows / max(now - self._began, 1e-9):,.0f}/s{self._remaining(done_bytes, now)}"
        if self._bar is not None:
            self._bar.update(self._task, completed=done_bytes, said=said)
        elif now - self._last >= LINE_EVERY_SECONDS:
            self._last = now
            share = f" ({done_bytes * PERCENT // self._total_bytes} %)" if self._total_bytes else ""
            self.note(f"{imported:,} imported, {refused:,} refused{share}, {said}")

    def refusal(self, text: str) -> None:
        """Show the first few refused rows; a report holds them all."""
        if self._shown < SHOWN_REFUSALS:
            self.note(text)
        elif self._shown == SHOWN_REFUSALS:
            self.note("More rows were refused; --report FILE writes all of them down.")
        self._shown += 1

    def note(self, text: str) -> None:
        """Print a line."""
        line = one_line.flatten(text)
        if self._bar is not None:
            self._bar.console.print(line, soft_wrap=True)
        else:
            print(line, file=sys.stderr)

    def _remaining(self, done_bytes: int, now: float) -> str:
        done = done_bytes - (self._first_byte or 0)
        if not self._total_bytes or done <= 0:
            return ""
        seconds = round((now - self._began) * (self._total_bytes - done_bytes) / done)
        return f", {seconds // MINUTE_SECONDS}:{seconds % MINUTE_SECONDS:02} left"
