"""Waiting for what happens outside the emulator, by real time: an SDK that sends later, a job of the app's own."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from headwater.testing.expecting_events import ExpectingEvents
from headwater.testing.expecting_requests import ExpectingRequests
from headwater.testing.seeing import Whose

Found = TypeVar("Found")

WAIT_SECONDS = 5.0
LOOK_SECONDS = 0.01


class Waiting(ExpectingEvents, ExpectingRequests):
    """What the emulator itself does needs no waiting: lists and assertions are complete as they are."""

    def wait_until(
        self, condition: Callable[[], Found], *, timeout_seconds: float = WAIT_SECONDS, what: str = "The condition"
    ) -> Found:
        """Return what `condition` returns once that is true. It may assert: its last failure is the message."""
        __tracebackhide__ = True
        ends_at = time.monotonic() + timeout_seconds
        while True:
            is_last, said = time.monotonic() >= ends_at, ""
            try:
                if found := condition():
                    return found
                said = f"{what} did not come true; the last answer was {found!r}."
            except AssertionError as error:
                said = str(error)
            if is_last:
                raise AssertionError(f"Within {timeout_seconds:g} s: {said}")
            time.sleep(LOOK_SECONDS)

    def wait_for_event(self, *, timeout_seconds: float = WAIT_SECONDS, **expected: Any) -> dict[str, Any]:
        """Return the event that `assert_event(**expected)` would, once it is there."""
        __tracebackhide__ = True
        return self.wait_until(lambda: self.assert_event(**expected), timeout_seconds=timeout_seconds)

    def wait_for_request(
        self, to: Whose = "", *, timeout_seconds: float = WAIT_SECONDS, **expected: Any
    ) -> dict[str, Any]:
        """Return the request that `assert_called(to, **expected)` would, once it has left."""
        __tracebackhide__ = True
        return self.wait_until(lambda: self.assert_called(to, **expected), timeout_seconds=timeout_seconds)

    def wait_for_mail(self, to: str, *, timeout_seconds: float = WAIT_SECONDS, **expected: Any) -> dict[str, Any]:
        """Return the message that `assert_mailed(to, **expected)` would, once it is sent."""
        __tracebackhide__ = True
        return self.wait_until(lambda: self.assert_mailed(to, **expected), timeout_seconds=timeout_seconds)
