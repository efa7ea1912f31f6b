"""Waiting for the disk, on a thread of its own: what is in the write-ahead log by then survives a power cut.

For what the event loop itself commits without waiting. All it takes of the interpreter is two short turns, where a
whole transaction on a thread takes one for each statement. Those who wait at the same time share a sync.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from headwater.store.errors import DatabaseError

logger = structlog.get_logger(__name__)

WAL_SUFFIX = "-wal"

Sync = Callable[[int], None]
# Not everywhere; what it leaves out (when a file was changed) nobody needs.
SYNC: Sync = getattr(os, "fdatasync", os.fsync)


class Syncer:
    """Of one SQLite file in WAL mode, which somebody keeps open. Made and used on one event loop; close it at the end.

    What the disk once failed to keep may be missing under all that comes later, and the next sync would not say so.
    So after a failure it raises DatabaseError for good: a new start reads what there is.
    """

    def __init__(self, path: Path, *, sync: Sync = SYNC) -> None:
        self._path = path
        self._sync = sync
        self._batches: queue.SimpleQueue[asyncio.AbstractEventLoop | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._under_way: list[asyncio.Future[None]] = []
        self._next: list[asyncio.Future[None]] = []
        self._failure: OSError | None = None
        self._is_closed = False

    def require_whole(self) -> None:
        """Raise DatabaseError if the disk has failed: what is written now might be lost with what it has lost."""
        if self._failure is not None:
            raise DatabaseError from self._failure

    async def synced(self) -> None:
        """Return when all that is committed now survives a power cut. Raises DatabaseError where that is not known."""
        self.require_whole()
        if self._is_closed:
            raise RuntimeError("The database is closed.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._next.append(future)
        if not self._under_way:
            self._begin(loop)
        await future
        self.require_whole()

    def close(self) -> None:
        """Finish the sync under way, and end. Nobody may wait for another one any more."""
        self._is_closed = True
        if self._thread is not None:
            self._batches.put(None)
            self._thread.join()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        # What is committed while it runs may come too late for it: who waits for that waits for the next.
        self._under_way, self._next = self._next, []
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="core-sync", daemon=True)
            self._thread.start()
        self._batches.put(loop)

    def _landed(self, failure: OSError | None) -> None:
        if failure is not None:
            logger.error("database_not_synced", reason=str(failure))
            self._failure = failure
        done, self._under_way = self._under_way, []
        for future in done:
            if not future.done():
                future.set_result(None)
        if self._next:
            self._begin(asyncio.get_running_loop())

    # -- the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        log = None
        while (loop := self._batches.get()) is not None:
            failure = None
            try:
                if log is None:
                    log = _opened(self._path)
                self._sync(log)
            except OSError as error:
                failure = error
            if not loop.is_closed():  # else nobody is left to hear it
                loop.call_soon_threadsafe(self._landed, failure)
        if log is not None:
            os.close(log)


def _opened(path: Path) -> int:
    """Open the write-ahead log, and make sure that it is found again: its folder may not know of it yet."""
    log = os.open(path.with_name(path.name + WAL_SUFFIX), os.O_RDWR)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return log
