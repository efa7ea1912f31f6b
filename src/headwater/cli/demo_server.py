"""The demo's own `headwater serve`: a real process, started, awaited, and always stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from headwater.cli.demo_expectation import UnmetError, until
from headwater.core.clock import Clock
from headwater.store.folder import DataFolder

COMMAND = (sys.executable, "-m", "headwater.cli", "serve", "--listen", "127.0.0.1:0")
READY_TIMEOUT_SECONDS = 15.0
LOOK_TIMEOUT_SECONDS = 1.0
STOP_TIMEOUT_SECONDS = 10.0
TAIL_LINES = 20
OK = 200


class Server:
    """One server process. `url` is known once it is ready."""

    def __init__(self, *, data: Path, logger_file: Path, environ: Mapping[str, str], clock: Clock) -> None:
        self.url = ""
        self._data = data
        self._logger_file = logger_file
        self._environ = dict(environ)
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start the server and return how many seconds it took to be ready."""
        began = self._clock.monotonic()
        with self._logger_file.open("wb") as output:
            # A session of its own: Ctrl-C at the terminal reaches the demo, which then stops the server in order.
            self._process = subprocess.Popen(  # noqa: S603  our own command
                COMMAND, env=self._environ, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.url = until(
            self._ready_url,
            expected="GET /health/ready to answer 200",
            timeout_seconds=READY_TIMEOUT_SECONDS,
            clock=self._clock,
        )
        return self._clock.monotonic() - began

    def stop(self) -> None:
        """Stop the server in order; if it doesn't, kill it and all it started."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill_all(self._process.pid)
            self._process.wait()
        self._process = None

    def log_tail(self) -> str:
        """Return the last lines the server wrote."""
        if not self._logger_file.exists():
            return ""
        return "\n".join(self._logger_file.read_text(errors="replace").splitlines()[-TAIL_LINES:])

    def _ready_url(self) -> str | None:
        if self._process is not None and (code := self._process.poll()) is not None:
            raise UnmetError(expected="`headwater serve` to run", seen=f"it ended with exit code {code}")
        info = DataFolder(self._data).running_server() if self._data.is_dir() else None
        if info is None:
            return None
        try:
            answer = httpx.get(f"{info.url}/health/ready", timeout=LOOK_TIMEOUT_SECONDS, trust_env=False)
        except httpx.HTTPError:
            return None
        return info.url if answer.status_code == OK else None

    @staticmethod
    def _kill_all(pid: int) -> None:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
