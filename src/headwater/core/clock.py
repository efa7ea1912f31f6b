"""Time as an argument: the only module (with its tests) that may look at a real clock."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Protocol


class Clock(Protocol):
    """What a room may know about time."""

    def now(self) -> datetime:
        """Return the current instant, timezone-aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go backwards; only differences mean anything."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock have passed."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that stands still until `advance` is called; for tests and for the emulator."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._start.timestamp() + self._elapsed, UTC)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed + seconds, waiter))
        await waiter

    def advance(self, seconds: float) -> None:
        """Move time forward and wake every sleeper whose moment has come."""
        self._elapsed += seconds
        due = [waiter for moment, waiter in self._sleepers if moment <= self._elapsed]
        self._sleepers = [(moment, waiter) for moment, waiter in self._sleepers if moment > self._elapsed]
        for waiter in due:
            if not waiter.done():
                waiter.set_result(None)


async def wait_for(event: asyncio.Event, *, clock: Clock, seconds: float | None = None) -> None:
    """Return when `event` is set or, if given, `seconds` of `clock` have passed, whichever comes first."""
    if seconds is None:
        await event.wait()
        return
    moment = clock.monotonic() + seconds
    waits: list[asyncio.Task[Any]] = [
        asyncio.create_task(event.wait()),
        asyncio.create_task(sleep_until(moment, clock=clock)),
    ]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def sleep_until(moment: float, *, clock: Clock) -> None:
    """Return at a moment of the clock's monotonic time, at once if it is over: the clock may have jumped meanwhile."""
    await clock.sleep(moment - clock.monotonic())


def epoch_ms(moment: datetime) -> int:
    """Return `moment` as whole milliseconds since 1970 in UTC."""
    return int(moment.timestamp() * 1000)


def from_epoch_ms(milliseconds: int) -> datetime:
    """Return the UTC instant of `milliseconds` since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def iso_ms(moment: datetime) -> str:
    """Return `moment` as Segment writes times: ISO 8601, UTC, milliseconds, `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
