"""A server's second process that needn't read its code either: it was forked before the server was one, and waits.

A server that starts it a second time, because it died, starts it from nothing, as every server does elsewhere.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headwater.wiring import readers, serve
from headwater.wiring.readers_process import ReadersProcess, Started

NAME = "readers"  # what the process is called from when it is one; see `is_one`
MOST_BYTES = 1_000_000


def stand_by() -> Callable[[], int] | None:
    """Fork what will be the readers; return what it is to do in that process, None in the server's own."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        return lambda: _become_readers(theirs)
    theirs.close()
    waiting = [(ours, pid)]
    serve.ReadersProcess = lambda *arguments, **named: _ForkedReaders(*arguments, waiting=waiting, **named)
    return None


def is_one(pid: int) -> bool:
    """Tell whether a process is a server's readers, whichever way it was started."""
    with contextlib.suppress(OSError):
        process = Path(f"/proc/{pid}")
        return process.joinpath("comm").read_text() == f"{NAME}\n" or b"wiring.readers" in (
            process / "cmdline"
        ).read_bytes().split(b"\0")
    return False


def _become_readers(told: socket.socket) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    orders, ends, _, _ = socket.recv_fds(told, MOST_BYTES, 1)
    told.close()
    if not ends:  # the server is gone, or never needed any
        return 0
    Path("/proc/self/comm").write_text(NAME)
    return readers.main([str(ends[0]), orders.decode()])


class _ForkedReaders(ReadersProcess):
    """`waiting` is the process that waits, as long as it does."""

    def __init__(self, *arguments: Any, waiting: list[tuple[socket.socket, int]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waiting = waiting

    async def _start(self, end: socket.socket, orders: str) -> Started:
        if not self._waiting:
            return await super()._start(end, orders)
        told, pid = self._waiting.pop()
        with told:
            socket.send_fds(told, [orders.encode()], [end.fileno()])
        return _Forked(pid)


class _Forked:
    """One child of ours, as `asyncio.subprocess.Process` would have it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.get_running_loop().run_in_executor(None, self._reap)

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def _reap(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode
