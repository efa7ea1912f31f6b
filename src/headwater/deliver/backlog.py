"""What a lane has in hand: planned events of the log, retries whose time has come, and probes. No input, no output.

Jobs of one group may share a request. A group is ready when a request's worth is there, or when its oldest has
waited long enough for company.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable

import msgspec

from headwater.core.event import Record
from headwater.deliver.destination import ALONE, Batch
from headwater.deliver.plan import APART, Group, Sendable
from headwater.deliver.settlement import Attempt, Retry

# Steps of this size, modulo 1, spread more evenly over a line than chance would.
GOLDEN_RATIO = 0.618_034
# What failed together is tried in batches of a tenth, then of a hundredth: so one that is poison gets lonely.
SHRINKING = 10


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery to be tried; `retry` is its row if it failed before.

    `together` bounds with how many others it may share a request, None for no bound of its own. `tries` counts the
    attempts that changed nothing; `noted` are those since it was read. They are saved when it is settled, not before:
    a process that dies would leave some, and whoever reads the event again would number its attempts from one.
    """

    offset: int
    record: Record
    plan: Sendable
    retry: Retry | None = None
    is_probe: bool = False
    together: int | None = None
    tries: int = 0
    noted: tuple[Attempt, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes of payload it has."""
        return sum(load.bytes for load in self.plan.loads)

    @property
    def items(self) -> int:
        return sum(len(load.items) for load in self.plan.loads)

    @property
    def last_number(self) -> int:
        """The number of the newest attempt that is noted."""
        return (self.retry.last_number if self.retry else 0) + self.tries


BatchOf = Callable[[Group], Batch]
_Line = tuple[Group, int | None]
_Entry = tuple[int, float, Job]


class Backlog:
    """Hands out jobs: probes first, then fresh events (oldest first) and retries in turn."""

    def __init__(self, batch_of: BatchOf) -> None:
        self._batch_of = batch_of
        self._fresh: dict[_Line, list[_Entry]] = {}
        self._fresh_count = 0
        self._retries: deque[Job] = deque()
        self._probes: deque[Job] = deque()
        self._is_retrys_turn = False
        self._rotation = 0.0

    @property
    def fresh_count(self) -> int:
        return self._fresh_count

    @property
    def retry_count(self) -> int:
        return len(self._retries)

    def put(self, job: Job, *, now: float) -> None:
        """Take a job in, or back."""
        plain = msgspec.structs.replace(job, is_probe=False) if job.is_probe else job
        if plain.retry is None:
            heapq.heappush(self._fresh.setdefault(_line(plain), []), (plain.offset, now, plain))
            self._fresh_count += 1
        else:
            self._retries.append(plain)

    def take(self, *, now: float, is_flowing: bool, has_room: bool = True) -> list[Job]:
        """Return the jobs of the next request; [] for none.

        While the destination is down (not flowing) only probes go out; while its retry table has no room,
        only what is in it already.
        """
        if self._probes:
            return [self._probes.popleft()]
        if not is_flowing:
            return []
        self._is_retrys_turn = not self._is_retrys_turn
        line = self._ready_line(now) if has_room else None
        if self._retries and (self._is_retrys_turn or line is None):
            return self._take_retries()
        return [] if line is None else self._take_fresh(line)

    def has_ready(self, *, now: float, is_flowing: bool, has_room: bool = True) -> bool:
        """Tell whether `take` would return anything."""
        if self._probes or not is_flowing:
            return bool(self._probes)
        return bool(self._retries) or (has_room and self._ready_line(now) is not None)

    def seconds_until_ready(self, *, now: float) -> float | None:
        """Return when a group that waits for company is ready; None where none waits."""
        waits = [self._wait_of(line, now) for line in self._fresh]
        return min(waits, default=None)

    def choose_probes(self, count: int) -> int:
        """Set aside up to `count` jobs as probes and return how many: the oldest, and others in rotation.

        In rotation, because the oldest few may be the only ones that this destination can't digest: then a
        healthy one must get its turn, or the lane would wait for ever.
        """
        fresh = sorted(entry for entries in self._fresh.values() for entry in entries)
        chosen = [self._choose(fresh, is_first=number == 0) for number in range(min(count, self._size))]
        self._probes.extend(msgspec.structs.replace(job, is_probe=True) for job in chosen)
        return len(chosen)

    @property
    def _size(self) -> int:
        return self._fresh_count + len(self._retries)

    def _choose(self, fresh: list[_Entry], *, is_first: bool) -> Job:
        if not fresh:
            return self._retries.popleft()
        self._rotation = self._rotation if is_first else (self._rotation + GOLDEN_RATIO) % 1
        entry = fresh.pop(0 if is_first else int(self._rotation * len(fresh)))
        self._drop(_line(entry[2]), entry)
        return entry[2]

    def _drop(self, line: _Line, entry: _Entry) -> None:
        entries = self._fresh[line]
        entries.remove(entry)
        heapq.heapify(entries)
        self._note_taken(line, 1)

    def _ready_line(self, now: float) -> _Line | None:
        """Return the line that is ready and whose head came first."""
        found, oldest = None, math.inf
        for line, entries in self._fresh.items():
            if entries[0][0] < oldest and self._wait_of(line, now) <= 0:
                found, oldest = line, entries[0][0]
        return found

    def _wait_of(self, line: _Line, now: float) -> float:
        entries, batch = self._fresh[line], self._batch_of(line[0])
        most = batch.items if line[1] is None else min(batch.items, line[1])
        if len(entries) >= most or not batch.seconds:
            return 0.0
        return entries[0][1] + batch.seconds - now

    def hurry(self) -> None:
        """Let nothing that is here wait any longer for company."""
        for entries in self._fresh.values():
            entries[:] = [(offset, -math.inf, job) for offset, _, job in entries]

    def _take_fresh(self, line: _Line) -> list[Job]:
        entries, batch = self._fresh[line], self._batch_of(line[0])
        if batch.items == 1:
            job = heapq.heappop(entries)[2]
            self._note_taken(line, 1)
            return [job]
        request = _Filling(batch)
        while entries and request.admits(entries[0][2]):
            request.add(heapq.heappop(entries)[2])
        self._note_taken(line, len(request.jobs))
        return request.jobs

    def _note_taken(self, line: _Line, count: int) -> None:
        self._fresh_count -= count
        if not self._fresh[line]:
            del self._fresh[line]

    def _take_retries(self) -> list[Job]:
        line = _line(self._retries[0])
        request, others = _Filling(self._batch_of(line[0])), deque[Job]()
        for job in self._retries:
            if _line(job) == line and request.admits(job):
                request.add(job)
            else:
                others.append(job)
        self._retries = others
        return request.jobs


class _Filling:
    """One request in the making. It admits the first job always, however large that is."""

    def __init__(self, batch: Batch) -> None:
        self.jobs: list[Job] = []
        self._batch = batch
        self._items = self._bytes = 0

    def admits(self, job: Job) -> bool:
        if not self.jobs:
            return True
        most = self._batch.items if job.together is None else min(self._batch.items, job.together)
        has_room = len(self.jobs) < most and self._items + job.items <= self._batch.items
        return has_room and self._bytes + job.size <= self._batch.bytes

    def add(self, job: Job) -> None:
        self.jobs.append(job)
        self._items += job.items
        self._bytes += job.size


def shrunk(job: Job, batch: Batch) -> Job:
    """Return a retry that shares its request with fewer others each time it has failed."""
    if job.retry is None or batch.items <= 1:
        return job
    most = max(1, batch.items // SHRINKING ** min(job.retry.attempts, batch.items))
    return msgspec.structs.replace(job, together=most)


def batch_of_group(group: Group, batch: Batch) -> Batch:
    """Return how many jobs of `group` share a request, where its action allows `batch`."""
    return ALONE if group == APART else batch


def _line(job: Job) -> _Line:
    return job.plan.group, job.together
