"""Following the log's end as it grows: for people who watch, never in the way of what they watch.

Each follower pulls at its own pace and holds one short read in memory. All of them together read a bounded
share of the log: the more there are, the longer each one rests. Who falls too far behind is moved on, and told.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import msgspec

from headwater.core.clock import Clock, wait_for
from headwater.core.errors import TooManyRequestsError
from headwater.core.event import ACTIONS_SOURCE, Stored
from headwater.log.event_log import Reader


class TailLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What following may cost. At most `records_per_read / rest_per_tail_seconds` records a second for all.

    `tails_each` are one operator's: nobody takes all the places, and one browser has no more than six connections.
    """

    tails: int = 32
    tails_each: int = 4
    records_per_read: int = 200
    rest_per_tail_seconds: float = 0.02
    records_behind: int = 10_000
    quiet_seconds: float = 15.0


class Missed(msgspec.Struct, frozen=True):
    """So many records, of all sources, went by unshown: they came faster than they were taken, or are gone."""

    count: int


class Quiet(msgspec.Struct, frozen=True):
    """Nothing to show for a while; the tail is still there. Also the first thing every tail says."""


class TooManyTailsError(TooManyRequestsError):
    """Too many people follow the log's end already. Close one of the others first."""

    code = "too_many_tails"


Sight = Stored | Missed | Quiet

DEFAULT_LIMITS = TailLimits()
QUIET = Quiet()


class Tail:
    """The log's end, for as many followers as the limits allow."""

    def __init__(self, *, reader: Reader, clock: Clock, limits: TailLimits = DEFAULT_LIMITS) -> None:
        self._reader = reader
        self._clock = clock
        self._limits = limits
        self._growths: dict[asyncio.Event, str] = {}
        self._is_closed = False

    @property
    def followers(self) -> int:
        return len(self._growths)

    def wake(self) -> None:
        """The log has grown. Costs nothing while nobody follows."""
        for grown in self._growths:
            grown.set()

    def close(self) -> None:
        """End every tail, now and from now on."""
        self._is_closed = True
        self.wake()

    async def follow(self, *, after: int, source_id: str | None, who: str) -> AsyncGenerator[Sight, None]:
        """Yield each event above `after` as it comes, of one source or of all, until `close`. `who` has few at once.

        The first thing is a Quiet, or a TooManyTailsError: with it in hand the tail is known to be open.
        """
        self._require_room(who)
        grown = asyncio.Event()
        self._growths[grown] = who
        try:
            yield QUIET
            async for sight in self._sights(after, source_id, grown):
                yield sight
        finally:
            del self._growths[grown]

    def _require_room(self, who: str) -> None:
        if self.followers >= self._limits.tails:
            raise TooManyTailsError(f"{self.followers} tails are open; close one of them first.")
        own = sum(one == who for one in self._growths.values())
        if own >= self._limits.tails_each:
            raise TooManyTailsError(
                f"{own} tails of yours are open, the most for one key: close a tab of the debugger, or a"
                " `headwater tail events`."
            )

    async def _sights(self, position: int, source_id: str | None, grown: asyncio.Event) -> AsyncIterator[Sight]:
        quiet_at = self._quiet_at()
        while not self._is_closed:
            grown.clear()
            records = await self._reader.read(after=position, limit=self._limits.records_per_read)
            for sight in _sights_of(records, position, source_id):
                yield sight
                quiet_at = self._quiet_at()
            position = records[-1].offset if records else position
            if len(records) < self._limits.records_per_read:
                await wait_for(grown, clock=self._clock, seconds=quiet_at - self._clock.monotonic())
            elif missed := await self._too_far_behind(position):
                yield Missed(missed)
                position += missed
            if self._clock.monotonic() >= quiet_at:
                yield QUIET
                quiet_at = self._quiet_at()
            await self._rest()

    async def _too_far_behind(self, position: int) -> int:
        """Return how many records to leave out; 0 while the distance to the head is bearable."""
        behind = await self._reader.head() - position
        return behind - self._limits.records_per_read if behind > self._limits.records_behind else 0

    async def _rest(self) -> None:
        if not self._is_closed:
            await self._clock.sleep(self._limits.rest_per_tail_seconds * self.followers)

    def _quiet_at(self) -> float:
        return self._clock.monotonic() + self._limits.quiet_seconds


def _sights_of(records: list[Stored], position: int, source_id: str | None) -> list[Sight]:
    """Return what a follower at `position` sees of `records`. Offsets grow by one: those missing were taken away."""
    missing = records[-1].offset - position - len(records) if records else 0
    sights: list[Sight] = [Missed(missing)] if missing else []
    return sights + [stored for stored in records if _is_shown(stored, source_id)]


def _is_shown(stored: Stored, source_id: str | None) -> bool:
    # A queued Action is a sealed request, not an event.
    return stored.record.source != ACTIONS_SOURCE and source_id in (None, stored.record.source)
