"""Deadlines for many short waits: one timer looks after them all, because nearly none is ever late.

A timer of its own for each body would cost more than the body's own arrival.
"""

import asyncio
from types import TracebackType
from typing import Any, Self

LOOK_EVERY_SECONDS = 0.25


class Deadlines:
    """Those of one event loop. `with deadlines.within(seconds)` raises TimeoutError, up to a look late."""

    def __init__(self) -> None:
        self._waits: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float) -> "_Wait":
        """Return a context in which the current task must not stay longer. Not to be nested."""
        return _Wait(self, seconds)

    def begin(self, task: asyncio.Task[Any], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._waits[task] = loop.time() + seconds
        if self._timer is None:
            self._timer = loop.call_later(LOOK_EVERY_SECONDS, self._look)

    def end(self, task: asyncio.Task[Any]) -> bool:
        """Tell whether the wait was ended because it was late."""
        del self._waits[task]
        if task in self._late:
            self._late.discard(task)
            return True
        return False

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for task, deadline in self._waits.items():
            if deadline <= now and task not in self._late:
                self._late.add(task)
                task.cancel()
        self._timer = loop.call_later(LOOK_EVERY_SECONDS, self._look) if self._waits else None


class _Wait:
    __slots__ = ("_deadlines", "_seconds", "_task")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._task: asyncio.Task[Any] | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  we run in it
        self._task = task
        self._deadlines.begin(task, self._seconds)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None  # noqa: S101  set on entering
        was_late = self._deadlines.end(self._task)
        if was_late and self._task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error
