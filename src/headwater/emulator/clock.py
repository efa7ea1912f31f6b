"""A clock that runs like the machine's, until it is told to stand still or to jump.

A jump is one: whatever comes due within it happens once, now, and not as often as it would have. Deadlines that guard
the server itself (a receiver that hangs, a shutdown) go by the machine's time, whatever this clock says.
"""

import asyncio
import heapq
import itertools
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from headwater.core.errors import BadRequestError
from headwater.emulator import kept

LONGEST_LEAP = timedelta(days=36_500)


class EmulatedClock:
    """`file` is the one that says how it was set, so that a server that is killed and restarted goes on by it.

    Call it from the event loop's thread, but for `now` and `monotonic`.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._kept = file
        self._ahead = 0.0  # of the machine's time
        self._frozen_at: float | None = None  # seconds since 1970
        self._leapt = 0.0  # of the monotonic time, which a reset doesn't take back
        self._stopped_at: float | None = None
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self._restore()

    @property
    def is_frozen(self) -> bool:
        return self._frozen_at is not None

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

    def monotonic(self) -> float:
        return (self._stopped_at if self._stopped_at is not None else time.monotonic()) + self._leapt

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        await self.alarm(seconds)

    def alarm(self, seconds: float) -> asyncio.Future[None]:
        """Return what is done when so much time has passed; whoever cancels it needs it no more."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.monotonic() + seconds, next(self._numbers), woken))
        self._set_alarm()
        return woken

    def freeze(self, at: datetime | None = None) -> None:
        """Stand still, now or `at` that moment. What sleeps goes on sleeping until `advance` or `resume`."""
        if at is not None and at.tzinfo is None:
            raise BadRequestError("A moment needs its time zone, such as 2026-01-31T12:00:00Z.")
        moment = self._now() if at is None else at.timestamp()
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
        self._frozen_at = moment
        self._changed()

    def advance(self, by: timedelta) -> None:
        """Jump ahead, and wake whoever's moment has come. Raises BadRequestError for a jump back."""
        if not timedelta() <= by <= LONGEST_LEAP:
            raise BadRequestError("The clock goes forward only, and by 100 years at most.")
        seconds = by.total_seconds()
        self._leapt += seconds
        if self._frozen_at is None:
            self._ahead += seconds
        else:
            self._frozen_at += seconds
        self._changed()

    def resume(self) -> None:
        """Run on from the moment that it shows."""
        if self._frozen_at is not None and self._stopped_at is not None:
            self._ahead = self._frozen_at - time.time()
            self._leapt -= time.monotonic() - self._stopped_at
            self._frozen_at = self._stopped_at = None
        self._changed()

    def reset(self) -> None:
        """Show the machine's time again. Who sleeps sleeps on: what is left of it is left."""
        self.resume()
        self._ahead = 0.0
        self._changed()

    def _now(self) -> float:
        return time.time() + self._ahead if self._frozen_at is None else self._frozen_at

    def _changed(self) -> None:
        self._keep()
        self._set_alarm()

    def _set_alarm(self) -> None:
        """Wake who is due, and come back when the next one is."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        while self._sleepers and (self._sleepers[0][2].done() or self._sleepers[0][0] <= self.monotonic()):
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
        if self._sleepers and not self.is_frozen:
            delay = max(self._sleepers[0][0] - self.monotonic(), 0.0)
            self._alarm = asyncio.get_running_loop().call_later(delay, self._set_alarm)

    def _keep(self) -> None:
        kept.write(self._kept, json.dumps({"ahead": self._ahead, "frozen_at": self._frozen_at}).encode())

    def _restore(self) -> None:
        if self._kept is None or not self._kept.exists():
            return
        found = json.loads(self._kept.read_text())
        self._ahead, self._frozen_at = found["ahead"], found["frozen_at"]
        if self._frozen_at is not None:
            self._stopped_at = time.monotonic()
