"""An emulator of Segment and Ory, as a test has it in hand: its abilities are the classes that it is made of."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from headwater.testing.clock import ClockInHand
from headwater.testing.configuring import Configuring
from headwater.testing.connection import Connection
from headwater.testing.errors import EmulatorGoneError
from headwater.testing.faults import Faults
from headwater.testing.people import People
from headwater.testing.process import START_SECONDS, EmulatorProcess
from headwater.testing.snapshots import Snapshots
from headwater.testing.waiting import Waiting

AGAIN_SECONDS = 30.0
LOOK_SECONDS = 0.01


class Emulator(Configuring, People, Faults, Snapshots, Waiting):
    """Made by `Emulator.start()`, or `Emulator.at(url)` for one that runs; in pytest it's the fixture `headwater`."""

    def __init__(self, connection: Connection, info: dict[str, Any], process: EmulatorProcess | None = None) -> None:
        super().__init__(connection, info)
        self._process = process
        self._asserted = set()
        self.clock = ClockInHand(self._emulator)

    @classmethod
    def start(cls, *, port: int = 0, allow: Sequence[str] = (), timeout_seconds: float = START_SECONDS) -> Self:
        """Start one that stops with this process, however that ends. `allow`: what really leaves.

        Raises EmulatorGoneError with what it wrote to stderr if it isn't ready in time.
        """
        flags = [flag for pattern in allow for flag in ("--allow", pattern)]
        process = EmulatorProcess(["--port", str(port), *flags], timeout_seconds=timeout_seconds)
        return cls(Connection(process.info["url"], last_words=process.last_words), process.info, process)

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the one that runs at `url`; whoever started it stops it."""
        connection = Connection(url)
        return cls(connection, connection.ask("GET", "/emulator/info"))

    def stop(self) -> None:
        """End it, if it was started here."""
        self._connection.close()
        if self._process is not None:
            self._process.stop()

    def reset(self, *, keep_config: bool = False) -> None:
        """Go back to the baseline; with `keep_config` only people, events and what they left behind are forgotten."""
        self._learn(self._emulator("POST", "/reset", keep_config="true" if keep_config else None))
        self._asserted.clear()
        if self._process is not None:
            self._process.mark()

    def glance(self) -> dict[str, list[dict[str, Any]]]:
        lines = self._process.lines() if self._process is not None else []
        return {**super().glance(), "logger": [{"line": line} for line in lines]}

    def baseline(self) -> None:
        """Let what is there now be what a reset goes back to."""
        self._learn(self._emulator("POST", "/baseline"))

    def forget_baseline(self) -> None:
        """Let a reset go back to the state at the start again."""
        self._learn(self._emulator("DELETE", "/baseline"))

    def restart(self) -> None:
        """Let the server end in order and start again, on its data; return when it is ready."""
        self._begin_again(kill=False)

    def kill(self) -> None:
        """Kill the server (SIGKILL), in the midst of whatever it does, and start it again; return when it is ready."""
        self._begin_again(kill=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _learn(self, info: dict[str, Any]) -> None:
        self._info.update(info)

    def _begin_again(self, *, kill: bool) -> None:
        before = self._info["pid"]
        self._emulator("POST", "/restart", kill="true" if kill else None)
        ends_at = time.monotonic() + AGAIN_SECONDS
        while self._info["pid"] == before:
            try:
                self._learn(self._emulator("GET", "/info"))
            except EmulatorGoneError:
                if time.monotonic() > ends_at:
                    raise
                time.sleep(LOOK_SECONDS)
