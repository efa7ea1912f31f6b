"""A process that has read Headwater's code, and forks a `headwater` whenever `preloaded` asks for one.

Each is a process of its own, with the arguments, environment, folder and files it was given; it parts from one that was
started anew only in having read its code already, which is most of what a command costs.
"""

import contextlib
import gc
import importlib
import io
import json
import locale
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable

import forked_readers

from headwater.cli.app import main
from headwater.cli.commands import COMMANDS

MOST_FILES = 4
LAZILY_LOADED = (
    "httpcore",
    "httpx",
    "headwater.wiring.serve",
    "headwater.wiring.emulating",
    "headwater.wiring.offline",
    "litestar._kwargs",  # this and what follows: when an application is built
    "litestar.exceptions.responses",
    "litestar.middleware._internal.exceptions.middleware",
    "litestar.plugins.pydantic.plugins.init",
    "pydantic.v1",
    "zxcvbn",  # when a password is judged
)


class Preloader:
    """Forks for whoever has the other end of `control`; tells them each one's process id, and how it ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._running: dict[int, socket.socket] = {}
        self._woken, self._wakes = socket.socketpair()
        self._wakes.setblocking(False)
        signal.set_wakeup_fd(self._wakes.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who it is meant for gets it, too

    def run(self) -> Callable[[], int] | None:
        """Return None when nobody can ask any more; in each forked process, what it is to do."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    self._woken.recv(1000)
                    self._tell_of_the_ended()
                if self._control in ready:
                    asked, files, _, _ = socket.recv_fds(self._control, 1, MOST_FILES)
                    if not asked:
                        return None
                    if (forked := self._fork(*files)) is not None:
                        return forked

    def _fork(self, teller: int, *standard: int) -> Callable[[], int] | None:
        told = socket.socket(fileno=teller)
        pid = os.fork()
        if pid == 0:
            self._forget()
            return lambda: become(told, standard)
        for file in standard:
            os.close(file)
        self._running[pid] = told
        self._tell(told, pid)
        return None

    def _forget(self) -> None:
        """Be nobody's preloader: in the forked process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for held in (self._control, self._woken, self._wakes, *self._running.values()):
            held.close()

    def _tell_of_the_ended(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            told = self._running.pop(pid)
            self._tell(told, os.waitstatus_to_exitcode(status))
            told.close()

    @staticmethod
    def _tell(told: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):  # the test that asked is over
            told.sendall(b"%d\n" % number)


def become(asked: socket.socket, standard: tuple[int, ...]) -> int:
    """Be `headwater` with what was asked for; return its exit code."""
    with asked, asked.makefile("rb") as file:
        order = json.loads(file.readline())
    for number, given in enumerate(standard):
        os.dup2(given, number)
        os.close(given)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    files = [io.FileIO(number, mode, closefd=False) for number, mode in enumerate("rww")]
    words = {"encoding": locale.getencoding()}
    sys.stdin = io.TextIOWrapper(io.BufferedReader(files[0]), **words)
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(files[1]), **words)
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(files[2]), errors="backslashreplace", line_buffering=True, **words)
    sys.argv = ["headwater", *order["arguments"]]
    if order["arguments"][:1] == ["serve"] and (to_do := forked_readers.stand_by()) is not None:
        return to_do()
    gc.enable()
    return main()


def load() -> None:
    """Read all code that a command reads when it runs."""
    gc.disable()
    for module in (*(f"headwater.cli.{command.module}" for command in COMMANDS), *LAZILY_LOADED):
        importlib.import_module(module)
    gc.freeze()


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as control:
        load()
        is_to_do = Preloader(control).run()
    sys.exit(is_to_do() if is_to_do is not None else 0)
