"""Per-user order: a person's later events wait until the earlier one is settled, and nobody else's do. Pure.

While the earlier one is on its way the later ones wait in hand. Once it waits in the retry table, they are *parked*
there behind it: the cursor goes on, and hours of trouble with one person cost nobody else anything. Who floods is let
out of order: behind one event at most `MOST_BEHIND` of the same person's wait.
"""

import enum
import heapq
from collections import deque
from collections.abc import Iterable

import structlog

from headwater.core.event import Record
from headwater.deliver.backlog import Job

UNORDERED, PER_USER = "unordered", "per-user"
MOST_BEHIND = 200
# When a parked delivery is due: not before the one it waits for is settled.
PARKED_MS = 2**62
WAITS = "waits for an earlier event of the same person"

logger = structlog.get_logger(__name__)


class Entry(enum.Enum):
    """What a delivery that comes up is to do."""

    GO = enum.auto()
    WAIT = enum.auto()
    PARK = enum.auto()


class Order:
    """One lane's. With `is_kept` false everybody goes at once."""

    def __init__(self, *, is_kept: bool) -> None:
        self.is_kept = is_kept
        self._heads: dict[str, int] = {}  # by person, whose event the others wait for
        self._waiting: dict[str, deque[Job]] = {}
        self._parked: dict[str, list[int]] = {}  # heaps of offsets
        self._unsaved: set[int] = set()
        self._released: set[int] = set()  # before they were saved

    def enter(self, job: Job) -> Entry:
        """Say what `job` is to do, and remember it where others have to wait for it, or it for others."""
        person = person_of(job.record)
        if not self.is_kept or person is None:
            return Entry.GO
        head = self._heads.setdefault(person, job.offset)
        if head == job.offset or job.retry is not None:
            return Entry.GO
        behind = self._parked.get(person)
        if self._count(person) >= MOST_BEHIND:
            logger.info("order_given_up", offset=job.offset, behind=MOST_BEHIND)
            return Entry.GO
        if behind is None:
            self._waiting.setdefault(person, deque()).append(job)
            return Entry.WAIT
        self._park(person, job.offset)
        return Entry.PARK

    def failed(self, job: Job) -> list[Job]:
        """`job` goes to the retry table: return those in hand that are to be parked behind it."""
        person = person_of(job.record)
        if person is None or self._heads.get(person) != job.offset:
            return []
        self._parked.setdefault(person, [])
        waiting = list(self._waiting.pop(person, ()))
        for one in waiting:
            self._park(person, one.offset)
        return waiting

    def settled(self, job: Job) -> Job | int | None:
        """`job` is settled for good: return whose turn it is, by its offset where it is parked and saved."""
        person = person_of(job.record)
        if person is None or self._heads.get(person) != job.offset:
            return None
        if parked := self._parked.get(person):
            return self._release(person, heapq.heappop(parked))
        self._parked.pop(person, None)
        if waiting := self._waiting.get(person):
            following = waiting.popleft()
            self._heads[person] = following.offset
            return following
        self._waiting.pop(person, None)
        del self._heads[person]
        return None

    def saved(self, offsets: Iterable[int]) -> list[int]:
        """These parked ones are in the table now; return those whose turn has come meanwhile."""
        found = [offset for offset in offsets if offset in self._released]
        self._unsaved.difference_update(offsets)
        self._released.difference_update(found)
        return found

    def restore(self, rows: Iterable[tuple[int, int, Record]]) -> list[int]:
        """Take over what the table holds (offset, due, record); return the parked ones that wait for nothing."""
        for offset, due_at_ms, record in sorted(rows, key=lambda row: row[0]):
            person = person_of(record)
            if person is None:
                continue
            self._parked.setdefault(person, [])
            if due_at_ms >= PARKED_MS:
                heapq.heappush(self._parked[person], offset)
            else:
                self._heads.setdefault(person, offset)
        alone = [person for person in self._parked if person not in self._heads]
        found = [self._release(person, heapq.heappop(self._parked[person])) for person in alone if self._parked[person]]
        return [offset for offset in found if offset is not None]

    def _count(self, person: str) -> int:
        return len(self._waiting.get(person, ())) + len(self._parked.get(person, ()))

    def _park(self, person: str, offset: int) -> None:
        heapq.heappush(self._parked[person], offset)
        self._unsaved.add(offset)

    def _release(self, person: str, offset: int) -> int | None:
        self._heads[person] = offset
        if offset in self._unsaved:
            self._released.add(offset)
            return None
        return offset


def person_of(record: Record) -> str | None:
    """Return whose event it is, None where nobody is named."""
    return record.user_id or record.anonymous_id
