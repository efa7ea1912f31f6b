"""The lanes of replays: one for each that is under way, started, stopped and finished as configured."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import structlog

from headwater.core.clock import epoch_ms
from headwater.core.errors import HeadwaterError
from headwater.deliver.destination_route import DestinationRoute
from headwater.deliver.lanes.tools import LaneTools
from headwater.deliver.replays import counted, names
from headwater.deliver.replays.progress import Progress
from headwater.deliver.replays.route import ReplayRoute
from headwater.deliver.replays.selected import Selected
from headwater.deliver.supervision import Supervised
from headwater.workspace.configuration import Destination, Replay

RouteOf = Callable[[Destination], DestinationRoute]
Configured = Callable[[], Awaitable[Sequence[Replay]]]

logger = structlog.get_logger(__name__)


class ReplayLanes:
    """Runs every replay that is neither over nor waiting. `follow` the configuration; `close` at the end."""

    def __init__(self, *, tools: LaneTools, route_of: RouteOf, configured: Configured) -> None:
        self._tools = tools
        self._route_of = route_of
        self._configured = configured
        self._wanted_of_log: dict[str, Replay] = {}  # those that wait, too; but not while their destination is off
        self._lanes: dict[str, Supervised] = {}
        self._running: dict[str, tuple[Replay, Destination]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def cursors(self) -> dict[str, int]:
        """Return up to which offset each is done, also those that wait: the log may forget no more."""
        return {name: await self._cursor_of(name, replay) for name, replay in [*self._wanted_of_log.items()]}

    async def follow(self, destinations: Mapping[str, Destination]) -> set[str]:
        """Start and stop lanes, and return the names of those that the ledger has still to know.

        Nothing is sent any more for one that was cancelled, or whose destination was deleted. One that waits, or whose
        destination is switched off, will go on where it stopped.
        """
        known = {names.name_of(replay): replay for replay in await self._configured()}
        progress = await self._tools.ledger.replays()
        kept = {name: one for name, one in known.items() if _is_alive(one, destinations, progress.get(name))}
        self._wanted_of_log = {name: one for name, one in kept.items() if destinations[one.destination_id].enabled}
        wanted = {
            name: (one, destinations[one.destination_id])
            for name, one in self._wanted_of_log.items()
            if not one.is_paused
        }
        changed = [name for name, was in self._running.items() if wanted.get(name) != was]
        await asyncio.gather(*(self._stop(name, at_once=name not in kept) for name in changed))
        for name, (replay, destination) in wanted.items():
            if name not in self._lanes:
                self._start(name, replay, destination, is_counted=_total_of(progress.get(name)) is not None)
        await self._forget_progress(progress.keys() - known.keys())
        return set(kept)

    async def close(self) -> None:
        """Stop every lane: what is on its way is answered and saved, or will be sent again."""
        await asyncio.gather(*(self._stop(name) for name in list(self._lanes)))

    def _start(self, name: str, replay: Replay, destination: Destination, *, is_counted: bool) -> None:
        self._running[name] = (replay, destination)
        self._lanes[name] = Supervised(
            name, lambda: ReplayRoute(replay, destination, self._route_of(destination)), tools=self._tools
        )
        self._tasks[name] = asyncio.create_task(self._see_through(name, self._lanes[name], is_counted=is_counted))

    async def _stop(self, name: str, *, at_once: bool = False) -> None:
        if name not in self._lanes:
            return  # it came to its end just now
        self._tasks.pop(name).cancel()
        await self._lanes[name].close(at_once=at_once)
        self._forget(name)

    def _forget(self, name: str) -> None:
        self._lanes.pop(name, None)
        self._running.pop(name, None)
        self._tasks.pop(name, None)

    async def _cursor_of(self, name: str, replay: Replay) -> int:
        lane = self._lanes[name].lane if name in self._lanes else None
        if lane is not None:
            return lane.watermark
        return (await self._tools.ledger.cursor(name, start_offset=replay.after)).watermark

    async def _forget_progress(self, gone: Collection[str]) -> None:
        try:
            if gone:
                await self._tools.ledger.forget_replays(gone)
        except sqlite3.Error as error:  # a full disk, say: the next change, or start, tries again
            logger.warning("replays_not_forgotten", reason=str(error))

    async def _see_through(self, name: str, lane: Supervised, *, is_counted: bool) -> None:
        """Count what there is to do, wait for the end, and note it."""
        ledger = self._tools.ledger
        try:
            if not is_counted:
                await ledger.note_replay_total(name, await self._count(name))
            if await lane.has_done_all():
                await ledger.finish_replay(name, at_ms=epoch_ms(self._tools.clock.now()))
                self._forget(name)
                self._wanted_of_log.pop(name, None)
                logger.info("replay_finished", replay=name)
        except (HeadwaterError, sqlite3.Error) as error:  # a full disk, say: the next start notes it
            logger.warning("replay_not_noted", replay=name, reason=str(error))

    async def _count(self, name: str) -> int:
        replay, destination = self._running[name]
        selected = Selected(replay.selection, destination)
        return await counted.whole(self._tools.reader, selected, after=replay.after, up_to=replay.up_to)


def _is_alive(replay: Replay, destinations: Mapping[str, Destination], progress: Progress | None) -> bool:
    is_finished = progress is not None and progress.finished_at_ms is not None
    return not is_finished and replay.cancelled_at_ms is None and replay.destination_id in destinations


def _total_of(progress: Progress | None) -> int | None:
    return progress.total if progress else None
