"""The logger's set-up: one line per happening on stderr, secrets never in it."""

import contextlib
import io
import logging
import sys
from typing import TextIO

import structlog


class BestEffort(io.TextIOBase):
    """A stream that loses what can't be written: stderr may be a full disk or a closed pipe.

    What happened is still handled by whoever wanted to tell of it; an exception here would end that instead.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def configure(level: str) -> None:
    """Set structlog up for this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(BestEffort(sys.stderr)),  # type: ignore[arg-type]  # it writes and flushes
        cache_logger_on_first_use=True,
    )
