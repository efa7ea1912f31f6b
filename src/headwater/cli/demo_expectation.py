"""What the demo expects, and for how long it waits for it."""

import threading
from collections.abc import Callable
from typing import TypeVar

from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError

Found = TypeVar("Found")

LOOK_AGAIN_SECONDS = 0.02


class UnmetError(HeadwaterError):
    """The demo saw something else than it expected."""

    code = "demo_failed"

    def __init__(self, *, expected: str, seen: str) -> None:
        super().__init__(f"Expected {expected}.\nSeen: {seen}.")


def until(look: Callable[[], Found | None], *, expected: str, timeout_seconds: float, clock: Clock) -> Found:
    """Return the first thing `look` finds. Raises UnmetError when it finds nothing in time."""
    deadline = clock.monotonic() + timeout_seconds
    pause = threading.Event()  # never set: only its timeout is used
    while (found := look()) is None:
        if clock.monotonic() > deadline:
            raise UnmetError(expected=f"{expected} within {timeout_seconds:.0f} s", seen="it did not come")
        pause.wait(LOOK_AGAIN_SECONDS)
    return found


def equal(expected: object, seen: object, *, what: str) -> None:
    """Raise UnmetError unless the two are equal."""
    if expected != seen:
        raise UnmetError(expected=f"{what}: {expected!r}", seen=repr(seen))
