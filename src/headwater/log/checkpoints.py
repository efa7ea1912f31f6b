"""Moves a segment's write-ahead log into its file beside the writer, so that no append waits for it.

The bulk is moved on a thread and a connection of its own, while commits go on. What was written meanwhile is
little, and is moved by the writer itself, between two commits: only a write-ahead log that has been moved whole
is used again from its beginning.
"""

import contextlib
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import structlog

from headwater.log import segments

logger = structlog.get_logger(__name__)

BYTES_BETWEEN = 16 * 1024 * 1024  # of write-ahead log, about
BYTES_OF_A_COMMIT = 8 * 1024  # a commit writes whole pages: the one it began in and the table's root
PASSIVE = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpoints:
    """Those of one segment. `count` and `close` are the writer's to call, on its thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bytes = 0
        self._thread = ThreadPoolExecutor(1, "log-checkpoint")
        self._under_way: Future[None] | None = None

    def count(self, written: int, *, connection: sqlite3.Connection) -> None:
        """Say that a commit on `connection` wrote so many bytes; moves what is due."""
        self._bytes += written + BYTES_OF_A_COMMIT
        if self._under_way is not None:
            if self._under_way.done():
                self._under_way = None
                _move_on(connection)
        elif self._bytes >= BYTES_BETWEEN:
            self._bytes = 0
            with contextlib.suppress(RuntimeError):  # no thread to be had just now; the commit stands all the same
                self._under_way = self._thread.submit(_move, self._path)

    def close(self) -> None:
        """Wait for the move that is under way."""
        self._thread.shutdown()


def _move(path: Path) -> None:
    try:
        connection = segments.connect(path, mode="rw")
    except sqlite3.Error as error:
        logger.warning("log_checkpoint_failed", reason=str(error))
        return
    try:
        connection.execute(segments.FULL_SYNC)
        _move_on(connection)
    finally:
        connection.close()


def _move_on(connection: sqlite3.Connection) -> None:
    try:
        connection.execute(PASSIVE)
    except sqlite3.Error as error:  # a full disk, say: the write-ahead log just grows until the next time
        logger.warning("log_checkpoint_failed", reason=str(error))
