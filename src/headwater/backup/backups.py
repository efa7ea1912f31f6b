"""Backups as the server makes them: one at a time, by a process it starts; and how far the newest one is."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import structlog

from headwater.backup import notes, shelf
from headwater.backup.backup_errors import BackupFailedError, BackupUnderWayError
from headwater.backup.notes import Note, Orders, Report
from headwater.core.clock import Clock, iso_ms
from headwater.core.errors import HeadwaterError

logger = structlog.get_logger(__name__)

LONGEST_HOLD_SECONDS = 15.0
LINE_BYTES = 1024 * 1024
DIED = "The process that made the backup died before its end. Try again; the server's log may say more."

Still = Callable[[], AbstractAsyncContextManager[None]]


class BackupState(msgspec.Struct, kw_only=True):
    """The newest backup. `state`: none, running, done, failed."""

    state: str = "none"
    folder: str | None = None
    began_at: str | None = None
    done_bytes: int = 0
    total_bytes: int = 0
    error: str | None = None
    backup: Report | None = None


class Backups:
    """`still` is entered for the moment of a backup: the relay and the log's retention do nothing meanwhile."""

    def __init__(self, *, data: Path, still: Still, clock: Clock) -> None:
        self._data = data
        self._still = still
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self.newest = BackupState()

    async def begin(self, folder: Path) -> BackupState:
        """Begin a backup into `folder`. Raises BadBackupFolderError, BackupUnderWayError; all else is in `newest`."""
        if self._task is not None and not self._task.done():
            raise BackupUnderWayError
        await asyncio.to_thread(shelf.check, folder, data=self._data)
        self.newest = BackupState(state="running", folder=str(folder), began_at=iso_ms(self._clock.now()))
        self._task = asyncio.create_task(self._run(folder), name="backup")
        return self.newest

    async def close(self) -> None:
        """Give up what is under way: a half backup doesn't count."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, folder: Path) -> None:
        newest = self.newest
        try:
            newest.backup = await self._made(folder, newest)
            newest.state = "done"
            logger.info("backup_made", folder=newest.folder, **msgspec.structs.asdict(newest.backup))
        except (HeadwaterError, OSError) as error:
            newest.error = error.message if isinstance(error, HeadwaterError) else str(error)
            newest.state = "failed"
            logger.error("backup_failed", folder=newest.folder, reason=newest.error)  # noqa: TRY400  told as it is

    async def _made(self, folder: Path, newest: BackupState) -> Report:
        """Run the process to its end. Raises BackupFailedError, OSError."""
        orders = msgspec.json.encode(Orders(data=str(self._data.absolute()), folder=str(folder))).decode()
        command = [sys.executable, "-m", "headwater.backup.taking_process", orders]
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=LINE_BYTES)
        held_ms = 0
        try:
            while (note := await _next(process)) is not None:
                newest.done_bytes = note.done_bytes or newest.done_bytes
                newest.total_bytes = note.total_bytes or newest.total_bytes
                if note.kind == notes.READY:
                    held_ms = await self._hold(process)
                elif note.kind == notes.FAILED:
                    raise BackupFailedError(note.message)
                elif note.report is not None:
                    return msgspec.structs.replace(note.report, held_ms=held_ms)
            raise BackupFailedError(DIED)
        finally:
            await _end(process)

    async def _hold(self, process: Process) -> int:
        """Let the process hold its moment while nothing moves; return how many milliseconds that took."""
        async with self._still():
            began = self._clock.monotonic()
            if process.stdin is not None:
                process.stdin.write(f"{notes.GO}\n".encode())
            try:
                async with asyncio.timeout(LONGEST_HOLD_SECONDS):
                    note = await _next(process)
            except TimeoutError as error:
                raise BackupFailedError(f"The files could not be opened within {LONGEST_HOLD_SECONDS:g} s.") from error
            if note is None or note.kind != notes.HELD:
                raise BackupFailedError(DIED if note is None else note.message)
            return round((self._clock.monotonic() - began) * 1000)


async def _next(process: Process) -> Note | None:
    """Return what the process says next, None when it has gone."""
    line = await process.stdout.readline() if process.stdout is not None else b""
    return msgspec.json.decode(line, type=Note) if line else None


async def _end(process: Process) -> None:
    """See the process gone: what it hasn't said to be done doesn't count."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()
