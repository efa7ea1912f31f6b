"""`headwater demo`: the founding story, played against a real server in a temporary folder.

Nothing in it is pretended: the server is another process, every command is the command line itself, people come
through Ory's official client and events through Segment's. It leaves nothing behind.
"""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from headwater.cli import demo_story
from headwater.cli.demo_expectation import UnmetError
from headwater.cli.demo_receiver import Receiver
from headwater.cli.demo_screen import Screen
from headwater.cli.demo_server import Server
from headwater.cli.demo_shell import Shell, bare_environment
from headwater.cli.demo_stage import Stage
from headwater.cli.session import Here
from headwater.core.clock import SystemClock
from headwater.core.errors import HeadwaterError

TIMEOUT_SECONDS = 58
DONE = 0
FAILED = 1
TERMINATED = 128 + signal.SIGTERM


def run(*, at: Here) -> int:
    """Play the founding story against a real server in a temporary folder."""
    clock = SystemClock()
    screen = Screen(clock=clock)
    with (
        _limited(),
        tempfile.TemporaryDirectory(prefix="headwater-demo-") as name,
        Receiver() as receiver,
        Receiver() as late_receiver,
    ):
        folder = Path(name)
        environ = {**bare_environment(at.environ), "HEADWATER_DATA": str(folder / "data")}
        server = Server(data=folder / "data", logger_file=folder / "server.log", environ=environ, clock=clock)
        shell = Shell(environ=environ, screen=screen, clock=clock)
        stage = Stage(
            folder=folder,
            environ=environ,
            server=server,
            shell=shell,
            screen=screen,
            clock=clock,
            receiver=receiver,
            late_receiver=late_receiver,
        )
        return _play(stage)


def _play(stage: Stage) -> int:
    try:
        demo_story.play(stage)
    except HeadwaterError as error:
        stage.screen.failed(error.message, log_tail=stage.server.log_tail())
        return FAILED
    finally:
        stage.server.stop()
    stage.screen.summary()
    return DONE


@contextmanager
def _limited() -> Iterator[None]:
    """Keep the whole demo within its time, and let SIGTERM end it as Ctrl-C does: through every `finally`."""
    before = {name: signal.getsignal(name) for name in (signal.SIGALRM, signal.SIGTERM)}
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.signal(signal.SIGTERM, _terminated)
    signal.alarm(TIMEOUT_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        for name, previous in before.items():
            signal.signal(name, previous)


def _out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise UnmetError(expected=f"the whole demo within {TIMEOUT_SECONDS} s", seen="it is still at this step")


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(TERMINATED)
