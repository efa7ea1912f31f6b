"""How far copying is, on stderr: one line that goes along on a terminal, a line now and then for a log."""

import sys

from headwater.core.clock import Clock

LINE_EVERY_SECONDS = 5.0
REWRITE_EVERY_SECONDS = 0.1
PERCENT = 100
REWRITE = "\r\x1b[K"  # to the beginning of the line, and what was there is gone
MEGABYTE = 1_000_000


class ByteProgress:
    """Shows one piece of work after the other. `end` it."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._what = ""
        self._total_bytes = self._done_bytes = 0
        self._shown_at = clock.monotonic()

    def begin(self, what: str, total_bytes: int) -> None:
        """Say what comes next, and how much of it."""
        self._what, self._total_bytes, self._done_bytes = what, total_bytes, 0
        self._show()

    def advance(self, size: int) -> None:
        """Say that so much of it is done."""
        self.at(self._done_bytes + size, self._total_bytes)

    def at(self, done_bytes: int, total_bytes: int) -> None:
        """Say how much is done, and of how much."""
        self._done_bytes, self._total_bytes = done_bytes, total_bytes
        every = REWRITE_EVERY_SECONDS if sys.stderr.isatty() else LINE_EVERY_SECONDS
        if self._clock.monotonic() - self._shown_at >= every:
            self._show()

    def end(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty() and self._what:
            print(REWRITE, end="", file=sys.stderr, flush=True)

    def _show(self) -> None:
        self._shown_at = self._clock.monotonic()
        share = ""
        if self._total_bytes:
            percent = min(PERCENT, self._done_bytes * PERCENT // self._total_bytes)
            share = f", {percent} % of {self._total_bytes / MEGABYTE:,.1f} MB"
        line = f"{self._what}{share}"
        if sys.stderr.isatty():
            print(f"{REWRITE}{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
