"""What of a lane waits in the retry table: how much of it, and when each is due. The rows are the ledger's."""

import heapq
from collections.abc import Iterable, Sequence

import structlog

from headwater.deliver.lanes.signals import Signals
from headwater.deliver.ledger import Due
from headwater.deliver.order import PARKED_MS

MS_PER_SECOND = 1_000
RETRY_TABLE_FULL = "retry table full"

logger = structlog.get_logger(__name__)


class Waiting:
    """One lane's. With `room` rows it is full: nothing new is read then, rather than anything forgotten."""

    def __init__(self, destination: str, *, room: int, signals: Signals) -> None:
        self._destination = destination
        self._room = room
        self._signals = signals
        self._schedule: list[tuple[int, int]] = []  # heap of (due_at_ms, offset)
        self._rows = 0
        self.is_full = False

    @property
    def rows(self) -> int:
        return self._rows

    def restore(self, dues: Sequence[Due]) -> None:
        """Take over what the table holds."""
        self._rows = 0
        self.enter(dues)

    def enter(self, dues: Sequence[Due]) -> None:
        """These are in the table, and weren't before."""
        self.grow(len(dues))
        self.plan(dues)

    def grow(self, rows: int) -> None:
        """So many more will be in the table after the next save: they take up room from now on."""
        self._rows += rows
        self._note_fullness()

    def shrink(self, rows: int) -> None:
        """So many are gone from the table."""
        self.grow(-rows)

    def plan(self, dues: Iterable[Due]) -> None:
        """Try them when they are due. What is parked is planned once its turn comes."""
        for due in dues:
            if due.due_at_ms < PARKED_MS:
                heapq.heappush(self._schedule, (due.due_at_ms, due.offset))
        self._signals.feed.set()

    def take_due(self, *, now_ms: int, most: int) -> list[int]:
        """Return which are due, the earliest first; they are not returned again."""
        offsets: list[int] = []
        while self._schedule and self._schedule[0][0] <= now_ms and len(offsets) < most:
            offsets.append(heapq.heappop(self._schedule)[1])
        return offsets

    def is_at_rest(self, *, now_ms: int) -> bool:
        """Whether all of them are planned for later, and none is being tried."""
        return len(self._schedule) == self._rows and not (self._schedule and self._schedule[0][0] <= now_ms)

    def seconds_until_due(self, *, now_ms: int) -> float | None:
        """Return how far away the next one is, None where none is planned."""
        return (self._schedule[0][0] - now_ms) / MS_PER_SECOND if self._schedule else None

    def _note_fullness(self) -> None:
        is_full = self._rows >= self._room
        if is_full and not self.is_full:
            logger.warning("lane_paused", destination=self._destination, reason=RETRY_TABLE_FULL, rows=self._rows)
        if self.is_full and not is_full:
            logger.info("lane_resumed", destination=self._destination, rows=self._rows)
            self._signals.ready.set()
        self.is_full = is_full
