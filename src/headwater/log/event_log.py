"""The event log's contract: what a writer and a reader may ask of it, whatever stores it.

Every implementation passes `tests/contracts/event_log.py`. There is no delete here: retention and erasure
are powers of an implementation, given to operators, never to rooms.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

from headwater.core.errors import UnavailableError
from headwater.core.event import Record, Stored


class LogOverloadedError(UnavailableError):
    """The event log can't keep up. Nothing was stored; try again in a moment."""

    code = "log_overloaded"


class LogClosedError(UnavailableError):
    """The event log is closing. Nothing was stored; try again in a moment."""

    code = "log_closed"


class Appended(msgspec.Struct, frozen=True, gc=False):
    """The log's answer for one record. For a duplicate, `offset` is where the first one is."""

    offset: int
    is_duplicate: bool


class Position(msgspec.Struct, frozen=True):
    """How far a writer has got in its own material, kept by the log in the appending transaction."""

    name: str
    value: int


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """Some sources' records, and how far that was looked for: up to there they have no others."""

    records: list[Stored]
    up_to: int
    is_end: bool


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """The newest records of a stretch that may be what is looked for: all of them above `after`."""

    records: list[Stored]
    after: int


class Appender(Protocol):
    """The writing side. One process holds it."""

    async def append(self, records: Sequence[Record], *, position: Position | None = None) -> list[Appended]:
        """Store `records`, in order, all or none, and return once they are on disk (fsync'd).

        A record whose (source, message_id) was stored within the deduplication window is not stored again
        (also within one call); its answer says so. `position` is stored in the same transaction.
        Raises LogOverloadedError or LogClosedError; then nothing was stored.
        """

    async def position(self, name: str) -> int:
        """Return the last value stored under `name`, 0 if there is none."""


class Readable(Protocol):
    """What it takes to find where a log begins."""

    async def read(self, *, after: int, limit: int) -> list[Stored]:
        """Return at most `limit` records with offsets above `after`, in order; [] at the head."""

    async def head(self) -> int:
        """Return the offset of the newest record, 0 while the log is empty."""


class Reader(Readable, Protocol):
    """The reading side. Any process may hold one."""

    async def scan(self, *, after: int, limit: int, sources: Collection[str]) -> Scanned:
        """Return at most `limit` records of `sources` above `after`, in order; others are skipped, cheaply.

        It looks at a bounded stretch of the log: `is_end` says whether that reached the head.
        """

    async def find(self, message_id: str, *, source: str | None = None) -> list[Stored]:
        """Return the retained records with this message id, newest last; all sources unless one is named."""


async def oldest_offset(reader: Readable) -> int:
    """Return the first offset that the log has, or will have while it is empty: nothing below comes (again)."""
    head = await reader.head()  # first: what comes while the log is found empty lies above it
    found = await reader.read(after=0, limit=1)
    return found[0].offset if found else head + 1
