"""Begins replays, counts what they would be about, and says how far they are."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.api import ages, replay_shape, shapes
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, ConflictError
from headwater.core.secrets import Sealer
from headwater.deliver.replays import names
from headwater.deliver.replays.counted import Counted
from headwater.deliver.replays.progress import Progress
from headwater.deliver.report import DeliveryReport
from headwater.mapping.fql import expressions
from headwater.store.database import Database
from headwater.workspace import destinations, replays, sources
from headwater.workspace.configuration import Destination, Replay, Selection

MAX_USERS = 1_000
MAX_FILTER = 5 * 1024
LEAST_PER_SECOND, MOST_PER_SECOND = 0.01, 10_000

# Counts on above an offset, for a while.
Count = Callable[[Replay, int], Awaitable[Counted]]

# Finds after which offset, and up to which, lies what was received since a moment and before another.
Stretch = Callable[[int, int], Awaitable[tuple[int, int]]]


class NewReplay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a replay is made from. `dry_run`: it is only counted."""

    destination: str
    since: str
    until: str | None = None
    sources: list[str] = []
    filter: str = ""
    users: list[str] = []
    requests_per_second: float | None = None
    dry_run: bool = False


class ReplayDesk:
    """`oldest_at` tells since when all can be sent again; `follow` returns once whoever delivers has heard."""

    def __init__(
        self,
        *,
        database: Database,
        stretch: Stretch,
        report: DeliveryReport,
        clock: Clock,
        sealer: Sealer,
        count: Count,
        follow: Callable[[], Awaitable[None]],
        oldest_at: Callable[[], str | None],
    ) -> None:
        self._database = database
        self._stretch = stretch
        self._report = report
        self._clock = clock
        self._sealer = sealer
        self._count = count
        self._follow = follow
        self._oldest_at = oldest_at

    async def begin(self, wanted: NewReplay) -> dict[str, Any]:
        """Begin a replay. Raises BadRequestError, BadFqlError, NotFoundError, ConflictError where there are enough."""
        destination, selection = await self._selected(wanted)
        after, up_to = await self._stretch(selection.since_ms, selection.until_ms)
        progress = await self._report.replays()
        finished = [names.replay_of(name) or "" for name, one in progress.items() if one.finished_at_ms is not None]
        made = await self._database.write(
            lambda connection: replays.create(
                connection,
                destination.id,
                selection,
                after=after,
                up_to=up_to,
                requests_per_second=wanted.requests_per_second,
                finished=finished,
                clock=self._clock,
            )
        )
        return {**await self.one(made.id), **self._gap(selection)}

    async def rehearse(self, wanted: NewReplay) -> dict[str, Any]:
        """Count what a replay would be about; nothing is sent. Raises as `begin` does, UnavailableError besides."""
        destination, selection = await self._selected(wanted)
        after, up_to = await self._stretch(selection.since_ms, selection.until_ms)
        replay = Replay(
            id="", destination_id=destination.id, selection=selection, after=after, up_to=up_to, created_at_ms=0
        )
        events, is_end = 0, False
        while not is_end:
            found = await self._count(replay, after)
            events, after, is_end = events + found.events, found.up_to, found.is_end
        return {"events": events, **self._gap(selection)}

    async def every(self, *, destination: str | None) -> list[dict[str, Any]]:
        """Return all that are remembered, newest first; of one destination where one is named."""
        known = await self._database.read(replays.every)
        return await self._shown([one for one in known if destination in (None, one.destination_id)])

    async def one(self, replay_id: str) -> dict[str, Any]:
        """Raises NotFoundError."""
        [shown] = await self._shown([await self._database.read(lambda connection: replays.get(connection, replay_id))])
        return shown

    async def cancel(self, replay_id: str) -> dict[str, Any]:
        """End a replay: nothing more of it is sent. Raises NotFoundError, ConflictError for a finished one."""
        await self._change(
            replay_id, lambda connection: replays.cancel(connection, replay_id, clock=self._clock), verb="cancelled"
        )
        return await self.one(replay_id)

    async def pause(self, replay_id: str, *, is_on: bool) -> dict[str, Any]:
        """Let a replay wait, or go on. Raises NotFoundError, ConflictError for one that is over."""
        verb = "paused" if is_on else "resumed"
        await self._change(replay_id, lambda connection: replays.pause(connection, replay_id, is_on=is_on), verb=verb)
        return await self.one(replay_id)

    async def _change(self, replay_id: str, change: Callable[[Connection], Replay], *, verb: str) -> None:
        before = await self.one(replay_id)
        if before["state"] == replay_shape.ReplayState.FINISHED:
            raise ConflictError(f"The replay {replay_id!r} is finished, so it can't be {verb}.")
        await self._database.write(change)
        await self._follow()

    async def _shown(self, known: Sequence[Replay]) -> list[dict[str, Any]]:
        progress = await self._report.replays()
        tools, slugs = await self._database.read(
            lambda connection: (destinations.ever(connection, sealer=self._sealer), sources.slugs(connection))
        )
        by_id = {one.id: one for one in tools}
        return [
            replay_shape.shown(
                one, by_id[one.destination_id], progress.get(names.name_of(one), Progress()), slugs=slugs
            )
            for one in known
        ]

    async def _selected(self, wanted: NewReplay) -> tuple[Destination, Selection]:
        _check(wanted)
        since_ms, until_ms = self._times(wanted)

        def read(connection: Connection) -> tuple[Destination, tuple[str, ...]]:
            found = destinations.get(connection, wanted.destination, sealer=self._sealer)
            return found, tuple(_connected(connection, slug, found) for slug in dict.fromkeys(wanted.sources))

        destination, source_ids = await self._database.read(read)
        selection = Selection(
            since_ms=since_ms,
            until_ms=until_ms,
            sources=source_ids,
            users=tuple(dict.fromkeys(wanted.users)),
            filter=wanted.filter,
        )
        return destination, selection

    def _times(self, wanted: NewReplay) -> tuple[int, int]:
        after_now = epoch_ms(self._clock.now()) + 1  # what is acknowledged by now is in
        since_ms = ages.moment_ms(wanted.since, name="since", clock=self._clock)
        until = after_now if wanted.until is None else ages.moment_ms(wanted.until, name="until", clock=self._clock)
        until_ms = min(until, after_now)
        if since_ms >= until_ms:
            end = "now" if until_ms == after_now else f"until ({wanted.until})"
            raise BadRequestError(f"since ({wanted.since}) is not before {end}: there is nothing to send.")
        return since_ms, until_ms

    def _gap(self, selection: Selection) -> dict[str, Any]:
        """Say since when the log has everything, where somebody asks for more than it has."""
        oldest_at = self._oldest_at()
        is_gap = oldest_at is not None and shapes.at(selection.since_ms) < oldest_at
        return {"forgotten_before": oldest_at} if is_gap else {}


def _check(wanted: NewReplay) -> None:
    if len(wanted.users) > MAX_USERS:
        raise BadRequestError(
            f"A replay is about {MAX_USERS} users at most, or all of them; these are {len(wanted.users)}."
        )
    if len(wanted.filter) > MAX_FILTER:
        raise BadRequestError(f"A filter has {MAX_FILTER} characters at most; this one has {len(wanted.filter)}.")
    if wanted.filter:
        expressions.parse(wanted.filter)
    rate = wanted.requests_per_second
    if rate is not None and not LEAST_PER_SECOND <= rate <= MOST_PER_SECOND:
        raise BadRequestError(f"requests_per_second is from {LEAST_PER_SECOND} to {MOST_PER_SECOND}, not {rate:g}.")


def _connected(connection: Connection, slug: str, destination: Destination) -> str:
    found = sources.get(connection, slug)
    if found.id not in destination.feeds:
        raise BadRequestError(
            f"The source {slug!r} is not connected to {destination.name}; `headwater get destination"
            f" {destination.id}` shows which are."
        )
    return found.id
