"""The demo's OpenID provider: somebody else's program in a process of its own, which Headwater knows by HTTP only.

It is an optional package (the extra `demo`): nothing of it is imported here.
"""

import importlib.util
import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from headwater.cli.demo_expectation import UnmetError, until
from headwater.core.clock import Clock

MODULE = "oidc_provider_mock"
HOW_TO_GET_IT = "pip install 'headwater[demo]'"
HOST = "127.0.0.1"
READY_TIMEOUT_SECONDS = 15.0
LOOK_TIMEOUT_SECONDS = 1.0
STOP_TIMEOUT_SECONDS = 5.0
OK = 200


def is_installed() -> bool:
    """Say whether there is a provider to play with."""
    return importlib.util.find_spec(MODULE) is not None


class Provider:
    """Up from entering to leaving. `claims` is what it knows of the one person who has an account there."""

    def __init__(
        self, *, claims: Mapping[str, Any], logger_file: Path, environ: Mapping[str, str], clock: Clock
    ) -> None:
        self._claims = dict(claims)
        self._logger_file = logger_file
        self._environ = dict(environ)
        self._clock = clock
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        """Its name and address, as tokens and the discovery document say it."""
        return f"http://{HOST}:{self._port}"

    def __enter__(self) -> Self:
        command = (sys.executable, "-m", MODULE, "--host", HOST, "--port", str(self._port))
        with self._logger_file.open("wb") as output:
            # A session of its own: Ctrl-C at the terminal reaches the demo, which then stops it in order.
            self._process = subprocess.Popen(  # noqa: S603  an installed package's own command
                (*command, "--user-claims", json.dumps(self._claims)),
                env=self._environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            until(
                self._is_up_or_none,
                expected="the OpenID provider to answer",
                timeout_seconds=READY_TIMEOUT_SECONDS,
                clock=self._clock,
            )
        except BaseException:  # a Ctrl-C, too: nothing may stay behind
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _is_up_or_none(self) -> bool | None:
        if self._process is not None and (code := self._process.poll()) is not None:
            raise UnmetError(expected="the OpenID provider to run", seen=f"it ended with exit code {code}")
        try:
            answer = httpx.get(
                f"{self.issuer}/.well-known/openid-configuration", timeout=LOOK_TIMEOUT_SECONDS, trust_env=False
            )
        except httpx.HTTPError:
            return None
        return True if answer.status_code == OK else None

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _free_port() -> int:
    """Return a port that is free now: the provider has to be told one."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
