"""The demo's commands: each one a real `headwater` process, shown as a person would type it."""

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from headwater.cli.demo_expectation import UnmetError
from headwater.cli.demo_screen import Screen
from headwater.core.clock import Clock

COMMAND = (sys.executable, "-m", "headwater.cli")
TIMEOUT_SECONDS = 20.0
VARIABLES = "HEADWATER_"


class Shell:
    """Runs commands in one environment."""

    def __init__(self, *, environ: Mapping[str, str], screen: Screen, clock: Clock) -> None:
        self._environ = dict(environ)
        self._screen = screen
        self._clock = clock

    def run(self, *arguments: str, shown: str | None = None) -> str:
        """Run one command and return its stdout. `shown` is how it is typed, where that differs ("" hides it)."""
        if shown != "":
            self._screen.command("headwater " + (shown or shlex.join(arguments)))
        try:
            ended = subprocess.run(  # noqa: S603  our own command
                (*COMMAND, *arguments),
                env=self._environ,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            seen = "it was still running"
            raise UnmetError(expected=f"this command to end within {TIMEOUT_SECONDS:.0f} s", seen=seen) from error
        if ended.returncode != 0:
            seen = f"exit code {ended.returncode}: {ended.stderr.strip()}"
            raise UnmetError(expected=f"`headwater {' '.join(arguments[:2])}` to end with 0", seen=seen)
        for line in ended.stderr.splitlines():
            self._screen.note(line)
        return ended.stdout

    def document(self, *arguments: str, shown: str | None = None) -> Any:
        """Run one command with --format json and return what it printed."""
        return json.loads(self.run(*arguments, "--format", "json", shown=shown))


def bare_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without our own variables: the person's settings are not the demo's."""
    return {name: value for name, value in environ.items() if not name.startswith(VARIABLES)}
