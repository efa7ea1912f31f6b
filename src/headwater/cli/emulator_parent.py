"""The process that an emulator runs under: starts it, starts it again after a kill that was asked for, ends it."""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from headwater.core.errors import HeadwaterError

FAILED = 1

# Runs the server, until its end; is told what closes when the parent goes, and whether it is the first to run.
Serve = Callable[[int, bool], None]


class EmulatorParent:
    """`marker` is the file by which a server asks to be started again. Use it in the main thread, with no other."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker
        self._child = 0
        self._is_stopping = False

    def keep_running(self, serve: Serve) -> int:
        """Run servers, one after the other, until one ends that didn't ask for another; return its exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        gc.freeze()  # what is there by now is shared with every child, as long as nobody touches it
        code, is_first = self._once(serve, is_first=True), False
        while self._marker.exists() and not self._is_stopping:
            self._marker.unlink()
            code = self._once(serve, is_first=is_first)
        return 0 if self._is_stopping else code

    def _once(self, serve: Serve, *, is_first: bool) -> int:
        theirs, ours = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            os.close(ours)
            _serve_and_exit(serve, theirs, is_first=is_first)
        os.close(theirs)
        _, status = os.waitpid(self._child, 0)
        os.close(ours)
        return os.waitstatus_to_exitcode(status)

    def _stop(self, _number: int, _frame: object) -> None:
        self._is_stopping = True
        if self._child:
            os.kill(self._child, signal.SIGTERM)


def _serve_and_exit(serve: Serve, parent: int, *, is_first: bool) -> None:
    """Be the child: nothing of the parent's is to run here at the end, least of all what removes the folder."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    try:
        serve(parent, is_first)
    except HeadwaterError as error:
        print(f"headwater: {error.message}", file=sys.stderr, flush=True)
    except Exception:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(FAILED)
