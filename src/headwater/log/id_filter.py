"""Which ids a large closed segment surely does not hold, said from memory: a new id is looked for in no old file.

For each two bytes that a key can begin with, the two bytes that follow them in the keys that there are: a little
over two bytes of memory an id, and one look in hundreds goes to the file for nothing. Made on a thread of its own.
"""

import sqlite3
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import structlog

from headwater.log import segments

logger = structlog.get_logger(__name__)

PREFIX_BYTES = 2
PREFIXES = 256**PREFIX_BYTES
FEWEST_IDS = 1_000_000  # below, looking into the file is cheap
LONGEST_REST = b"\xff" * 32

_FOLLOWING = "SELECT group_concat(hex(substr(id, 3, 2)), '') FROM ids WHERE id BETWEEN ? AND ?"


class IdFilter:
    """The filter of an index file that doesn't change any more; until it is made it rules out nothing."""

    def __init__(self, path: Path, *, maker: ThreadPoolExecutor) -> None:
        self._path = path
        self._following: list[bytes] | None = None
        self._is_wanted = threading.Event()
        self._is_wanted.set()
        self._made = maker.submit(self._make)

    def possible(self, keys: Collection[bytes]) -> Collection[bytes]:
        """Return those of `keys` that the file may hold."""
        following = self._following
        if following is None:
            return keys
        return [key for key in keys if key[2:4] in following[key[0] << 8 | key[1]]]

    def wait(self) -> None:
        """Wait until it is made."""
        self._made.result()

    def close(self) -> None:
        """Let go of the file."""
        self._is_wanted.clear()
        if not self._made.cancel():
            self.wait()

    def _make(self) -> None:
        try:
            with closing(segments.connect(self._path, mode="ro")) as connection:
                self._following = self._read(connection)
        except sqlite3.Error as error:  # then all is looked up, as before
            logger.warning("log_filter_not_made", reason=str(error))

    def _read(self, connection: sqlite3.Connection) -> list[bytes] | None:
        following = []
        for number in range(PREFIXES):
            if not self._is_wanted.is_set():
                return None
            prefix = number.to_bytes(PREFIX_BYTES)
            (found,) = connection.execute(_FOLLOWING, (prefix, prefix + LONGEST_REST)).fetchone()
            following.append(bytes.fromhex(found or ""))
        return following
