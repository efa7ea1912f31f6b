"""The emulator as a child of the test run: started, heard, and gone with it, however it ends."""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from headwater.testing.errors import EmulatorGoneError

START_SECONDS = 60.0
STOP_SECONDS = 10.0
READ_BYTES = 65_536
MOST_LAST_WORDS = 4_000
OURS = "HEADWATER_"


class EmulatorProcess:
    """`info` is what the emulator said when it was ready. It stops with its stdin: when whoever started it goes."""

    def __init__(self, arguments: Sequence[str] = (), *, timeout_seconds: float = START_SECONDS) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
        self._mark = 0
        self._process = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "headwater.cli", "emulate", "--stop-with-stdin", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={name: value for name, value in os.environ.items() if not name.startswith(OURS)},
            start_new_session=True,  # a Ctrl-C is the test run's: it ends the tests first, then this
        )
        try:
            self.info = self._first_line(timeout_seconds)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The process that starts the server, and starts it again."""
        return self._process.pid

    def last_words(self) -> str:
        """Return how it ended, if it did, and the end of what it wrote to stderr."""
        code = self._process.poll()
        ended = f"Its process ended with code {code}. " if code is not None else ""
        if self._stderr.closed:
            return ended
        written = self._written(since=0)
        return f"{ended}Its stderr:\n{written}" if written else f"{ended}It wrote nothing to stderr."

    def mark(self) -> None:
        """What is written to stderr from now on is another test's."""
        self._mark = os.fstat(self._stderr.fileno()).st_size

    def lines(self) -> list[str]:
        """Return what it wrote to stderr since the mark: its logger."""
        return self._written(since=self._mark).splitlines()

    def _written(self, *, since: int) -> str:
        """Return the end of it. Never by `seek`: the process writes where we would read."""
        descriptor = self._stderr.fileno()
        start = max(since, os.fstat(descriptor).st_size - MOST_LAST_WORDS)
        return os.pread(descriptor, MOST_LAST_WORDS, start).decode(errors="replace").strip()

    def stop(self) -> None:
        """End it, in order if it can; it has STOP_SECONDS. Stopping twice is once."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._stderr.close()

    def _first_line(self, timeout_seconds: float) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101  it is a pipe
        descriptor, heard = self._process.stdout.fileno(), b""
        ends_at = time.monotonic() + timeout_seconds
        while b"\n" not in heard:
            left = ends_at - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise EmulatorGoneError(f"The emulator was not ready within {timeout_seconds:g} s. {self.last_words()}")
            said = os.read(descriptor, READ_BYTES)
            if not said:
                self._process.wait(STOP_SECONDS)
                raise EmulatorGoneError(f"The emulator did not start. {self.last_words()}")
            heard += said
        info: dict[str, Any] = json.loads(heard.partition(b"\n")[0])
        return info
