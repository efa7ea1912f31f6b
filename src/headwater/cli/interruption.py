"""Ctrl-C while something is half done: the first asks for an end at the next good place, the second ends it at once."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interruption:
    """Whether somebody wants it to end. Whoever works looks here between two pieces of work."""

    def __init__(self) -> None:
        self.is_wanted = False


@contextmanager
def noticed(tell: Callable[[], None]) -> Iterator[Interruption]:
    """Take Ctrl-C as a wish, telling so by `tell`; the next one cancels the task that runs, as KeyboardInterrupt."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    interruption = Interruption()

    def heard() -> None:
        if interruption.is_wanted and task is not None:
            task.cancel()
            return
        interruption.is_wanted = True
        tell()

    loop.add_signal_handler(signal.SIGINT, heard)
    try:
        yield interruption
    except asyncio.CancelledError:
        if interruption.is_wanted:
            raise KeyboardInterrupt from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGINT)
