"""Rooms that are built once a worker and lent to one test after the other: to build them takes a quarter of a second.

What comes back is put back to its first moment: the rows, the files, the log, what was counted, who was set in whose
place. tests/unit/wiring/test_lent_rooms.py holds it. What can't be put back is closed, and the next test gets new ones.
"""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fresh_rooms import fresh_rooms
from headwater.backup.backups import BackupState
from headwater.collect.counters import Counters
from headwater.log.segment_writer import SegmentWriter
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.store.database import announce
from headwater.wiring.rooms import Rooms
from headwater.wiring.surroundings import Surroundings
from headwater.workspace.sources import TOPIC as CONFIGURATION

KEPT_OPEN = ("core.db", "actions.db")  # and what SQLite has beside them


class LogFromOne(SqliteLogWriter):
    """A log that can be nothing again, so that its first offset is the first."""

    async def empty(self, reader: SqliteLogReader) -> None:
        """Forget every record and every position, beside the one reader there is."""
        await self._between_commits(self._empty)
        await reader._query(_forget)

    def _empty(self) -> None:
        folder = self._writer._folder
        self._writer.close()
        shutil.rmtree(folder)
        self._writer = SegmentWriter(folder, clock=self._clock, limits=self._limits)
        self._positions = self._writer.positions()
        self._newest_offset = self._writer.newest_offset


def _forget(view: Any) -> None:
    view.close()
    view._known.clear()


class Lender:
    """Keeps rooms, one for each environment that is asked for, and lends each to one test at a time."""

    def __init__(self) -> None:
        self._kept: dict[frozenset[tuple[str, str]], list[Kept]] = {}

    @asynccontextmanager
    async def lent(self, **environ: str) -> AsyncIterator[Rooms]:
        """Lend rooms whose settings are read from `environ`."""
        free = self._kept.setdefault(frozenset(environ.items()), [])
        kept = free.pop() if free else await Kept.build(environ)
        tasks = asyncio.all_tasks()
        try:
            yield kept.rooms
        finally:
            try:
                await _end(asyncio.all_tasks() - tasks)
                await kept.put_back()
            except BaseException:
                await kept.close()
                raise
            free.append(kept)

    async def close(self) -> None:
        for free in self._kept.values():
            while free:
                await free.pop().close()


class Kept:
    """Rooms, and what is known of their first moment."""

    def __init__(self, rooms: Rooms, stack: AsyncExitStack) -> None:
        self.rooms = rooms
        self._stack = stack
        self._snapshots = [self._snapshot(file) for file in (rooms.folder.core_database, rooms.folder.actions_database)]
        self._files = {path for path in rooms.folder.path.iterdir() if not path.name.startswith(KEPT_OPEN)}
        self._attributes = dict(vars(rooms))
        heard = (rooms.on_configured, rooms.log._on_append, rooms.database._listeners)
        heard += (rooms.tally._listeners, rooms.relay._listeners)
        self._listeners = [(listeners, list(listeners)) for listeners in heard]

    @classmethod
    async def build(cls, environ: dict[str, str]) -> "Kept":
        stack = AsyncExitStack()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rooms = await stack.enter_async_context(fresh_rooms(folder, Surroundings(log=LogFromOne), **environ))
        return cls(rooms, stack)

    async def put_back(self) -> None:
        rooms = self.rooms
        await rooms.tally.flush()
        await rooms.journal.write_now()
        for name in vars(rooms).keys() - self._attributes.keys():
            delattr(rooms, name)
        vars(rooms).update(self._attributes)
        for listeners, first in self._listeners:
            listeners[:] = first
        for first, now in self._snapshots:
            first.backup(now)  # row for row, and without the triggers that a test may have made
        await rooms.database.write(lambda connection: announce(connection, CONFIGURATION))
        await rooms.log.empty(rooms.log_reader)
        self._remove_files()
        self._forget_what_was_counted()

    async def close(self) -> None:
        await self._stack.aclose()

    def _forget_what_was_counted(self) -> None:
        rooms = self.rooms
        for name, first in msgspec.structs.asdict(Counters()).items():
            setattr(rooms.collector.counters, name, first)
        rooms.backups.newest = BackupState()
        rooms.flow_counts.begun.clear()
        rooms.flow_counts.submitted.clear()
        rooms.sandbox._turns._known.clear()  # nor is a program condemned that an earlier test ran away with

    def _remove_files(self) -> None:
        """Remove what came since. Raises FileNotFoundError where something of the first moment is gone."""
        now = {path for path in self.rooms.folder.path.iterdir() if not path.name.startswith(KEPT_OPEN)}
        if gone := self._files - now:
            raise FileNotFoundError(f"A test took away {', '.join(path.name for path in gone)}.")
        for path in now - self._files:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _snapshot(self, file: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
        first, now = (self._stack.enter_context(closing(sqlite3.connect(one))) for one in (":memory:", file))
        now.backup(first)
        return first, now


async def _end(begun: set[asyncio.Task[Any]]) -> None:
    """End what a test began and did not wait for, as the end of its own event loop would."""
    begun.discard(asyncio.current_task())
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)


LENDER = Lender()


@pytest.fixture(scope="session")
def lenders_runner(_session_scoped_runner: asyncio.Runner) -> Any:
    """Give the event loop that the lent rooms live in; they are closed with it."""
    yield _session_scoped_runner
    _session_scoped_runner.run(LENDER.close())


@pytest.fixture(name="_function_scoped_runner")
def runner_of_each_test(lenders_runner: asyncio.Runner) -> asyncio.Runner:
    """Run a test, and its fixtures, in the lent rooms' event loop: the name is what pytest-asyncio asks for."""
    return lenders_runner
