"""The bare loop that batches are measured against: decode, deduplicate, append, fsync, and nothing else.

One thread, no HTTP, none of our code: plain sqlite3 with the promises that our log makes (write-ahead log,
synchronous=FULL, one commit a batch), so that what our own code costs shows in the ratio.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from bench.bodies import Body, ids

PREPARED_BATCHES = 100

SETUP = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE events (offset INTEGER PRIMARY KEY, message_id TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE ids (message_id TEXT PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;
"""


class BareLoop:
    """The loop and its database. `opened` makes it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ids = ids()
        self._offset = 0

    def events_per_second(self, body: Body, *, seconds: float) -> float:
        """Store batches until `seconds` have been spent on them; making their bytes is not counted."""
        spent, stored = 0.0, 0
        while spent < seconds:
            contents = [body.filled(self._ids) for _ in range(PREPARED_BATCHES)]
            started = time.perf_counter()
            for content in contents:
                stored += self._store(content)
            spent += time.perf_counter() - started
        return stored / spent

    def _store(self, content: bytes) -> int:
        """Store one batch and return how many of its events were new, once they are on disk."""
        events = [
            (number, event["messageId"], msgspec.json.encode(event))
            for number, event in enumerate(msgspec.json.decode(content)["batch"], self._offset + 1)
        ]
        run = self._connection
        run.execute("BEGIN IMMEDIATE")
        new = run.executemany("INSERT OR IGNORE INTO ids VALUES (?, ?)", [(key, at) for at, key, _ in events]).rowcount
        if new < len(events):
            events = [one for one in events if self._is_first(one)]
        run.executemany("INSERT INTO events VALUES (?, ?, ?)", events)
        run.execute("COMMIT")
        self._offset += len(events)
        return new

    def _is_first(self, event: tuple[int, str, bytes]) -> bool:
        found = self._connection.execute("SELECT offset FROM ids WHERE message_id = ?", (event[1],)).fetchone()
        return bool(found[0] == event[0])


@contextmanager
def opened(path: Path) -> Iterator[BareLoop]:
    """Open a bare loop on a new file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(SETUP)
        yield BareLoop(connection)
