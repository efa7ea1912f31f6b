"""The newest events, newest first: reading the log backwards from its head, in steps, and not for ever.

The less a step brings, the longer the next one is.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from headwater.core.event import ACTIONS_SOURCE, Record, Stored

MAX_SCANNED = 10_000
STEP = 200


class Searcher(Protocol):
    """Looks through a stretch of the log."""

    async def head(self) -> int:
        """Return the offset of the newest record, 0 while the log is empty."""
        ...

    async def search(self, *, after: int, up_to: int, containing: Sequence[bytes]) -> list[Stored]:
        """Return all records above `after`, up to `up_to`, that have these bytes in them, and maybe others, in order.

        To pass over those that have none costs next to nothing.
        """
        ...


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `is_cut` says the search ended at `scanned` records, not at what was asked for.

    `head` is the log's newest offset at that moment: whoever follows from there misses nothing.
    """

    events: list[Stored]
    head: int
    scanned: int
    is_cut: bool


async def newest(
    reader: Searcher,
    *,
    limit: int,
    source_id: str | None = None,
    before: int | None = None,
    most: int = MAX_SCANNED,
    is_wanted: Callable[[Record], bool] = lambda _record: True,
    marks: Sequence[bytes] = (),
) -> Newest:
    """Return the newest `limit` events of one source, or of all, that are wanted; below the offset `before`, if set.

    At most `most` records are looked at. `marks` are bytes that whatever is wanted has in it.
    """
    upper = top = head = await reader.head()
    if before is not None:
        upper = head = max(0, min(head, before - 1))
    last = max(0, head - most)
    containing = [*marks, *([] if source_id is None else [source_id.encode()])]
    found: list[Stored] = []
    step = STEP
    while upper > last and len(found) < limit:
        lower = max(last, upper - step)
        stretch = await reader.search(after=lower, up_to=upper, containing=containing)
        wanted = [one for one in stretch if _fits(one, source_id) and is_wanted(one.record)]
        found.extend(reversed(wanted))
        upper, step = lower, step if len(wanted) > step // 2 else 2 * step
    return Newest(events=found[:limit], head=top, scanned=head - upper, is_cut=len(found) < limit and last > 0)


def _fits(stored: Stored, source_id: str | None) -> bool:
    return stored.record.source != ACTIONS_SOURCE and source_id in (None, stored.record.source)
