"""What a lane has in hand: events of the log, retries whose time has come, and probes. No input, no output."""

import heapq
from collections import deque

import msgspec

from headwater.core.event import Record
from headwater.deliver.settlement import Retry

# Steps of this size, modulo 1, spread more evenly over a line than chance would.
GOLDEN_RATIO = 0.618_034


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery to be tried; `retry` is its row if it failed before."""

    offset: int
    record: Record
    retry: Retry | None = None
    is_probe: bool = False


class Backlog:
    """Hands out jobs: probes first, then fresh events (oldest first) and retries in turn."""

    def __init__(self) -> None:
        self._fresh: list[tuple[int, Job]] = []
        self._retries: deque[Job] = deque()
        self._probes: deque[Job] = deque()
        self._is_retrys_turn = False
        self._rotation = 0.0

    @property
    def fresh_count(self) -> int:
        return len(self._fresh)

    @property
    def retry_count(self) -> int:
        return len(self._retries)

    def put(self, job: Job) -> None:
        """Take a job in, or back."""
        plain = msgspec.structs.replace(job, is_probe=False) if job.is_probe else job
        if plain.retry is None:
            heapq.heappush(self._fresh, (plain.offset, plain))
        else:
            self._retries.append(plain)

    def take(self, *, is_flowing: bool, has_room: bool = True) -> Job | None:
        """Return the next job, or None.

        While the destination is down (not flowing) only probes go out; while its retry table has no room,
        only what is in it already.
        """
        if self._probes:
            return self._probes.popleft()
        if not is_flowing:
            return None
        self._is_retrys_turn = not self._is_retrys_turn
        has_fresh = has_room and bool(self._fresh)
        if self._retries and (self._is_retrys_turn or not has_fresh):
            return self._retries.popleft()
        return heapq.heappop(self._fresh)[1] if has_fresh else None

    def choose_probes(self, count: int) -> int:
        """Set aside up to `count` jobs as probes and return how many: the oldest, and others in rotation.

        In rotation, because the oldest few may be the only ones that this destination can't digest: then a
        healthy one must get its turn, or the lane would wait for ever.
        """
        chosen = [self._choose(is_first=number == 0) for number in range(min(count, self._size))]
        self._probes.extend(msgspec.structs.replace(job, is_probe=True) for job in chosen)
        return len(chosen)

    @property
    def _size(self) -> int:
        return len(self._fresh) + len(self._retries)

    def _choose(self, *, is_first: bool) -> Job:
        if not self._fresh:
            return self._retries.popleft()
        if is_first:
            return heapq.heappop(self._fresh)[1]
        self._fresh.sort()
        self._rotation = (self._rotation + GOLDEN_RATIO) % 1
        # A sorted list is a heap, and stays one without this element.
        return self._fresh.pop(int(self._rotation * len(self._fresh)))[1]
