"""The engine: a lane for each enabled destination and one for queued Actions, started and stopped as configured."""

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Sequence

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms, sleep_until
from headwater.core.errors import NotFoundError
from headwater.core.ids import new_uuid
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.deliver.destination_route import SHADOW, DestinationRoute
from headwater.deliver.kept_settings import Read
from headwater.deliver.lanes.lane import Lane
from headwater.deliver.lanes.tools import LaneTools
from headwater.deliver.ledger import Ledger
from headwater.deliver.letters.redriving import Redriving
from headwater.deliver.letters.wanted import Order, Step, Verb
from headwater.deliver.limits import LaneLimits
from headwater.deliver.metrics.meters import Recent
from headwater.deliver.receivers import Receivers
from headwater.deliver.replays import counted
from headwater.deliver.replays.counted import Counted
from headwater.deliver.replays.lanes import ReplayLanes
from headwater.deliver.replays.selected import Selected
from headwater.deliver.route import ActionsRoute
from headwater.deliver.supervision import Supervised
from headwater.log.event_log import Reader, oldest_offset
from headwater.mapping.evaluation import Evaluator
from headwater.net.outbound import Sender
from headwater.workspace.configuration import Destination, Replay
from headwater.workspace.suppressed import NOBODY, Suppressed

MS_PER_SECOND = 1_000
SWEEP_EVERY_SECONDS = 3_600.0
KEEP_BODIES_MS = 7 * 24 * 3_600 * 1_000
KEEP_ACTIONS_MS = 32 * 24 * 3_600 * 1_000  # a day longer than their journal tells of them

logger = structlog.get_logger(__name__)


class LaneStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How one lane is doing. `lag` counts the log's records beyond the cursor; `problem` says why it stands still.

    `lag_seconds` is for how long the oldest event beyond the cursor has waited, 0 where none of the lane's does.
    `requests_per_second` is how fast it may send now, None for as fast as it goes.
    """

    destination: str
    cursor: int
    lag: int
    lag_seconds: float | None
    breaker: str
    requests_per_second: float | None
    retrying: int
    recent: Recent
    problem: str | None = None


class Engine:
    """Runs every lane. `start` it in the readers' process, `close` it before the ledger."""

    def __init__(
        self,
        *,
        reader: Reader,
        replay_reader: Reader | None = None,
        ledger: Ledger,
        sender: Sender,
        clock: Clock,
        sealer: Sealer,
        configuration: Callable[[], Awaitable[Sequence[Destination]]],
        replays: Callable[[], Awaitable[Sequence[Replay]]],
        evaluator: Evaluator,
        read_secret: Read,
        limits: LaneLimits | None = None,
        chance: Callable[[], float] = random.random,
        new_id: Callable[[], str] = new_uuid,
        suppressed: Suppressed = NOBODY,
    ) -> None:
        self._tools = LaneTools(
            reader=reader,
            ledger=ledger,
            sender=sender,
            clock=clock,
            chance=chance,
            limits=limits or LaneLimits(),
            suppressed=suppressed,
        )
        self._sealer = sealer
        self._new_id = new_id
        self._configuration = configuration
        self._evaluator = evaluator
        self._read_secret = read_secret
        self._lanes: dict[str, Supervised] = {}
        self._replay_tools = msgspec.structs.replace(self._tools, reader=replay_reader or reader)
        self._replays = ReplayLanes(tools=self._replay_tools, route_of=self._route, configured=replays)
        self._configured: dict[str, Destination] = {}
        self._changing = asyncio.Lock()
        self._is_closed = False
        self._redriving = Redriving(
            ledger=ledger, reader=reader, clock=clock, limits=self._tools.limits, lanes=self._sending
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start a lane for everything that is configured."""
        self._lanes[queued.CURSOR_NAME] = Supervised(
            queued.CURSOR_NAME,
            lambda: ActionsRoute(sealer=self._sealer, new_id=self._new_id, clock=self._tools.clock),
            tools=msgspec.structs.replace(self._tools, sender=Receivers(self._tools.sender), suppressed=NOBODY),
        )
        self._tasks = [asyncio.create_task(self._keep_sweeping()), asyncio.create_task(self._redriving.run())]
        await self.reconfigure()

    def wake(self) -> None:
        """The log has grown."""
        for lane in self._lanes.values():
            lane.wake()

    async def reconfigure(self) -> None:
        """Follow the configuration: start, stop and replace lanes. Nothing is sent to a deleted destination after it.

        What it has still to be sent goes with it: the events that wait for another try, and the dead letters.
        """
        async with self._changing:
            if self._is_closed:
                return  # told of a change meanwhile: whoever runs next begins with it
            known = {each.id: each for each in await self._configuration()}
            wanted = {name: each for name, each in known.items() if each.enabled}
            changed = [name for name, old in self._configured.items() if wanted.get(name) != old]
            await asyncio.gather(*(self._stop(name, at_once=name not in known) for name in changed))
            for name, destination in wanted.items():
                if name not in self._lanes:
                    self._start(destination)
            replaying = await self._replays.follow(known)
            await self._forget_all_but({*known, *replaying})
            self._redriving.wake()

    async def close(self, *, at_once: bool = False) -> None:
        """Stop every lane: what is on its way is answered and saved, or will be sent again.

        `at_once` waits for no answer.
        """
        await _ended(self._tasks)
        self._redriving.close()
        async with self._changing:
            self._is_closed = True
            stopped = (self._stop(name, at_once=at_once) for name in list(self._lanes))
            await asyncio.gather(self._replays.close(), *stopped)

    async def count(self, replay: Replay, *, after: int) -> Counted:
        """Count the events that a replay is about, above `after`, a bounded stretch of them. Raises NotFoundError."""
        known = {each.id: each for each in await self._configuration()}
        if replay.destination_id not in known:
            raise NotFoundError(f"There is no destination {replay.destination_id!r}.")
        selected = Selected(replay.selection, known[replay.destination_id])
        return await counted.step(self._replay_tools.reader, selected, after=after, up_to=replay.up_to)

    async def change_letters(self, order: Order) -> Step:
        """Take one bounded step of what is to become of dead letters, the oldest first.

        One that is to be sent again is, by the mapping of then, once its lane has room; one whose body has expired
        is if the log has its event.
        """
        step = await self._tools.ledger.change_letters(order, now_ms=epoch_ms(self._tools.clock.now()))
        if order.verb == Verb.DISCARD and step.count:
            logger.info("dead_letters_discarded", destination=order.wanted.destination, count=step.count)
        self._redriving.wake()
        return step

    async def cursors(self) -> dict[str, int]:
        """Return up to which offset each lane is done: what the log may forget. Switched-off ones aren't waited for."""
        async with self._changing:  # a lane that is being replaced is missing for a moment
            own = {lane.name: await self._cursor_of(lane) for lane in self._lanes.values()}
            return own | await self._replays.cursors()

    def name_of(self, destination_id: str) -> str | None:
        """Return what a destination is called that events are delivered to now."""
        found = self._configured.get(destination_id)
        return found.name if found else None

    def hurry(self) -> None:
        """Let nothing wait for company in a batch."""
        for one in self._lanes.values():
            if one.lane is not None:
                one.lane.hurry()

    async def at_work(self) -> list[str]:
        """Return the lanes that have still something to do about what is in the log, by name."""
        head, now_ms = await self._tools.reader.head(), epoch_ms(self._tools.clock.now())
        if not await self._tools.reader.read(after=head - 1, limit=1):
            head = 0  # the log is empty, whatever was in it once
        return [
            one.name
            for one in self._lanes.values()
            if one.problem is None and not (one.lane is not None and one.lane.is_at_rest(head=head, now_ms=now_ms))
        ]

    async def status(self) -> list[LaneStatus]:
        """Return how every running lane is doing."""
        head = await self._tools.reader.head()
        return [await self._status_of(lane, head) for lane in self._lanes.values()]

    async def _status_of(self, supervised: Supervised, head: int) -> LaneStatus:
        ledger, lane, name = self._tools.ledger, supervised.lane, supervised.name
        now = self._tools.clock.monotonic()
        cursor = await self._cursor_of(supervised)
        return LaneStatus(
            destination=name,
            cursor=cursor,
            lag=max(head - cursor, 0),
            lag_seconds=await self._waited(lane, head) if lane else None,
            breaker=lane.standing.value if lane else "stopped",
            requests_per_second=lane.requests_per_second if lane else None,
            retrying=lane.retrying if lane else await ledger.count_retries(name),
            recent=self._tools.meters.of(name, now=now).recent(now=now),
            problem=lane.paused if lane else supervised.problem,
        )

    async def _waited(self, lane: Lane, head: int) -> float:
        oldest_ms = await lane.oldest_undelivered_ms() if lane.watermark < head else None
        if oldest_ms is None:
            return 0.0
        return max(epoch_ms(self._tools.clock.now()) - oldest_ms, 0) / MS_PER_SECOND

    def _sending(self) -> dict[str, Supervised]:
        """Return the lanes that send what they get. A shadow would use dead letters up, and nobody would have them."""
        shadows = {name for name, one in self._configured.items() if one.routing.mode == SHADOW}
        return {name: lane for name, lane in self._lanes.items() if name not in shadows}

    async def _cursor_of(self, supervised: Supervised) -> int:
        if supervised.lane is not None:
            return supervised.lane.watermark
        name = supervised.name
        start = self._configured[name].start_offset if name in self._configured else 0
        return (await self._tools.ledger.cursor(name, start_offset=start)).watermark

    def _start(self, destination: Destination) -> None:
        self._configured[destination.id] = destination
        self._lanes[destination.id] = Supervised(
            destination.id,
            lambda: self._route(destination),
            tools=self._tools,
        )

    def _route(self, destination: Destination) -> DestinationRoute:
        return DestinationRoute(
            destination,
            evaluator=self._evaluator,
            read_secret=self._read_secret,
            clock=self._tools.clock,
            suppressed=self._tools.suppressed,
        )

    async def _forget_all_but(self, destinations: Collection[str]) -> None:
        try:
            forgotten = await self._tools.ledger.forget_all_but({queued.CURSOR_NAME, *destinations})
        except sqlite3.Error as error:  # a full disk, say: the next change, or start, tries again
            logger.warning("deleted_destinations_not_forgotten", reason=str(error))
            return
        for name in forgotten:
            logger.info("destination_forgotten", destination=name)

    async def _stop(self, name: str, *, at_once: bool = False) -> None:
        await self._lanes[name].close(at_once=at_once)
        del self._lanes[name]
        self._configured.pop(name, None)

    async def _keep_sweeping(self) -> None:
        """Forget bodies that are too old, and what the log has forgotten, now and every hour."""
        while True:
            next_sweep = self._tools.clock.monotonic() + SWEEP_EVERY_SECONDS
            try:
                await self._sweep()
            except sqlite3.Error as error:  # a full disk, say: the next sweep may do better
                logger.warning("sweep_failed", reason=str(error))
            await sleep_until(next_sweep, clock=self._tools.clock)

    async def _sweep(self) -> None:
        ledger, reader, now_ms = self._tools.ledger, self._tools.reader, epoch_ms(self._tools.clock.now())
        await ledger.expire(before_ms=now_ms - KEEP_BODIES_MS, newest_letters=self._tools.limits.letter_bodies)
        await ledger.forget_before(
            await oldest_offset(reader),
            actions=queued.CURSOR_NAME,
            actions_before_ms=now_ms - KEEP_ACTIONS_MS,
        )
        await ledger.forget_volume(now_ms=now_ms)


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
