"""The newest events, newest first: reading the log backwards from its head, in steps, and not for ever."""

from collections.abc import Callable

import msgspec

from headwater.core.event import ACTIONS_SOURCE, Record, Stored
from headwater.log.event_log import Reader

MAX_SCANNED = 10_000
STEP = 200


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `is_cut` says the search ended at `scanned` records, not at what was asked for.

    `head` is the log's newest offset at that moment: whoever follows from there misses nothing.
    """

    events: list[Stored]
    head: int
    scanned: int
    is_cut: bool


async def newest(
    reader: Reader,
    *,
    limit: int,
    source_id: str | None = None,
    before: int | None = None,
    most: int = MAX_SCANNED,
    is_wanted: Callable[[Record], bool] = lambda _record: True,
) -> Newest:
    """Return the newest `limit` events of one source, or of all, that are wanted; below the offset `before`, if set.

    At most `most` records are looked at.
    """
    upper = top = head = await reader.head()
    if before is not None:
        upper = head = max(0, min(head, before - 1))
    last = max(0, head - most)
    found: list[Stored] = []
    while upper > last and len(found) < limit:
        lower = max(last, upper - STEP)
        stretch = await reader.read(after=lower, limit=upper - lower)
        # Where retention took records away, the read goes on above the stretch.
        wanted = [one for one in stretch if one.offset <= upper and _fits(one, source_id) and is_wanted(one.record)]
        found.extend(reversed(wanted))
        upper = lower
    return Newest(events=found[:limit], head=top, scanned=head - upper, is_cut=len(found) < limit and last > 0)


def _fits(stored: Stored, source_id: str | None) -> bool:
    return stored.record.source != ACTIONS_SOURCE and source_id in (None, stored.record.source)
