"""`headwater` in a process of its own that needn't read its code first: a third of a command's time, half of a start's.

How a start from nothing goes is shown in test_serve.py.
"""

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import pytest

PRELOADER = Path(__file__).with_name("preloader.py")
LONGEST_TOLD = 100


@functools.cache
def _preloader() -> socket.socket:
    """Start it, once a worker; it ends when the worker does."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen([sys.executable, str(PRELOADER), str(theirs.fileno())], pass_fds=[theirs.fileno()])
    atexit.register(process.wait)
    atexit.register(ours.close)  # the last to be registered is the first to be called
    return ours


class Preloaded:
    """One `headwater`, as `subprocess.Popen` would have it: standard output and errors go where they are told."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        stdout: int,
        stderr: int,
        stdin: int | None = None,
        env: Mapping[str, str],
        cwd: str | Path | None = None,
    ) -> None:
        self._told, theirs = socket.socketpair()
        with theirs, open(os.devnull, "rb") as nothing:
            standard = [nothing.fileno() if stdin is None else stdin, stdout, stderr]
            socket.send_fds(_preloader(), [b"!"], [theirs.fileno(), *standard])
        order = {"arguments": list(arguments), "environment": dict(env), "folder": str(cwd or Path.cwd())}
        self._told.sendall(json.dumps(order).encode() + b"\n")
        self._rest = b""
        self.pid = self._number()
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._told.settimeout(timeout)
            try:
                self.returncode = self._number()
            except TimeoutError:
                raise subprocess.TimeoutExpired("headwater", timeout) from None
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def _number(self) -> int:
        """Return the next number that the preloader tells: the process id, then the exit code."""
        while b"\n" not in self._rest:
            told = self._told.recv(LONGEST_TOLD)
            if not told:
                pytest.fail("The process that starts the others is gone; it says above why.")
            self._rest += told
        line, _, self._rest = self._rest.partition(b"\n")
        return int(line)


class Started(Preloaded):
    """One whose output is read while it runs, from `stdout`."""

    def __init__(self, arguments: Sequence[str], *, stderr: IO[str], env: Mapping[str, str]) -> None:
        reading, writing = os.pipe()
        self.stdout = open(reading, encoding="utf-8")  # noqa: SIM115  whoever waits for it closes it
        try:
            super().__init__(arguments, stdout=writing, stderr=stderr.fileno(), env=env)
        finally:
            os.close(writing)


def run(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    timeout: float,
    cwd: str | Path | None = None,
    input: str | None = None,  # noqa: A002  as subprocess.run has it
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, and return what it said. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write((input or "").encode())
        given.seek(0)
        files = {"stdin": given.fileno(), "stdout": out.fileno(), "stderr": err.fileno()}
        running = Preloaded(arguments, **files, env=env, cwd=cwd)
        try:
            code = running.wait(timeout)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
            raise
        said = [_all_of(file) for file in (out, err)]
    return subprocess.CompletedProcess(list(arguments), code, *said)


def _all_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
