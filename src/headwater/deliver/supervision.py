"""Keeps one lane alive: a crash is logged and the lane starts again from what is saved, after a growing pause."""

import asyncio
from collections.abc import Callable

import structlog

from headwater.core.errors import HeadwaterError
from headwater.deliver.lanes.lane import Lane
from headwater.deliver.lanes.tools import LaneTools
from headwater.deliver.ledger import Due
from headwater.deliver.route import Route
from headwater.net.outbound import on_behalf_of

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# A lane that ran this long before it crashed was well: it starts again at the first pause.
WELL_AFTER_SECONDS = 60.0

logger = structlog.get_logger(__name__)


class Supervised:
    """One route's lane, replaced whenever it crashes. Lives from construction to `close`."""

    def __init__(self, name: str, make_route: Callable[[], Route], *, tools: LaneTools) -> None:
        self.name = name
        self.lane: Lane | None = None
        self.problem: str | None = None
        self._make_route = make_route
        self._tools = tools
        self._crashed_soon = True
        self._task = asyncio.create_task(self._keep_running())

    def wake(self) -> None:
        """The log has grown."""
        if self.lane is not None:
            self.lane.wake()

    def add_retries(self, dues: list[Due]) -> None:
        """Rows were put into the retry table; a lane that isn't running will find them when it starts."""
        if self.lane is not None:
            self.lane.add_retries(dues)

    async def has_done_all(self) -> bool:
        """Wait until its lane has ended for good; tell whether there was an end to its work, and it is done."""
        await asyncio.wait({self._task})
        return self.lane is not None and self.lane.has_done_all

    async def close(self, *, at_once: bool = False) -> None:
        """Let the lane finish what is on its way, within bounds, and save it; `at_once` waits for no answer."""
        # The process's own time, not the clock's: this bounds how long a shutdown takes.
        lane = self.lane  # it may end, and be None, while we wait
        if lane is None:
            self._task.cancel()
        else:
            lane.stop()
            if not at_once:
                await asyncio.wait({self._task}, timeout=self._tools.limits.drain_seconds)
            lane.abandon()
        await asyncio.wait({self._task}, timeout=self._tools.limits.drain_seconds)
        self._task.cancel()

    async def _keep_running(self) -> None:
        on_behalf_of.set(self.name)
        try:
            route = self._make_route()
        except HeadwaterError as error:
            # Wrong settings or an unknown kind: the events wait in the log until the configuration is right.
            self.problem = error.message
            logger.warning("lane_waits", destination=self.name, reason=error.message)
            return
        pause = FIRST_PAUSE_SECONDS
        while not await self._has_run(route):
            logger.info("lane_restarts", destination=self.name, pause_seconds=pause)
            await self._tools.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS) if self._crashed_soon else FIRST_PAUSE_SECONDS

    async def _has_run(self, route: Route) -> bool:
        """Run one lane to its end; False if it crashed."""
        began = self._tools.clock.monotonic()
        lane = self.lane = Lane(route, self._tools)
        self.problem = None
        try:
            await lane.run()
        # Every Exception: one lane's crash, whatever its cause, must not take another's with it.
        except Exception as error:
            self.lane, self.problem = None, f"crashed: {type(error).__name__}"
            self._crashed_soon = self._tools.clock.monotonic() - began < WELL_AFTER_SECONDS
            logger.exception("lane_crashed", destination=self.name)
            return False
        return True
