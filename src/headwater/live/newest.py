"""The newest events, newest first: reading the log backwards from its head, in steps, and not for ever.

The less a step brings, the longer the next one is.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from headwater.core.event import ACTIONS_SOURCE, Record, Stored
from headwater.log.event_log import Readable, Searched, oldest_offset

MAX_SCANNED = 10_000  # records, where nobody says how many
MAX_SEARCHED = 1_000_000  # what is passed over without being opened takes a quarter of a second
MAX_OPENED = 10_000
FIRST_STEP, LONG_STEP, LONGEST_STEP = 200, 3_200, 50_000
SPARSE = 10  # a step of which at most the tenth part was opened may be followed by one of the longest


class Searcher(Readable, Protocol):
    """Looks through a stretch of the log."""

    async def search(self, *, after: int, up_to: int, containing: Sequence[bytes], most: int) -> Searched:
        """Return the records above `after`, up to `up_to`, that have these bytes in them, and maybe others, in order.

        Of very many some more than the newest `most`; `after`, always below `up_to`, says where they begin. To pass
        over those that have none costs next to nothing.
        """
        ...


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `is_cut` says the search ended at `scanned` records, not at what was asked for.

    `head` is the log's newest offset at that moment: whoever follows from there misses nothing. Below `next` it goes
    on; None: there is nothing older.
    """

    events: list[Stored]
    head: int
    scanned: int
    is_cut: bool
    next: int | None


async def newest(
    reader: Searcher,
    *,
    limit: int,
    source_id: str | None = None,
    before: int | None = None,
    most: int = MAX_SCANNED,
    most_opened: int = MAX_OPENED,
    is_wanted: Callable[[Record], bool] = lambda _record: True,
    marks: Sequence[bytes] = (),
) -> Newest:
    """Return the newest `limit` events of one source, or of all, that are wanted; below the offset `before`, if set.

    At most `most` records are looked at, and about `most_opened` of them closely. `marks` are bytes that whatever is
    wanted has in it.
    """
    upper = top = head = await reader.head()
    if before is not None:
        upper = head = max(0, min(head, before - 1))
    last = max(0, head - most)
    containing = [*marks, *([] if source_id is None else [source_id.encode()])]
    found: list[Stored] = []
    opened, step = 0, FIRST_STEP
    while upper > last and len(found) < limit and opened < most_opened:
        lower = max(last, upper - step)
        stretch = await reader.search(after=lower, up_to=upper, containing=containing, most=LONG_STEP)
        records = stretch.records
        wanted = [one for one in records if _fits(one, source_id) and is_wanted(one.record)]
        found.extend(reversed(wanted))
        opened += len(records)
        upper, step = stretch.after, _next_step(step, opened=len(records), wanted=len(wanted))
    is_full = len(found) >= limit
    on = found[limit - 1].offset if is_full else upper + 1
    following = on if on > await oldest_offset(reader) else None
    return Newest(
        events=found[:limit],
        head=top,
        scanned=head - upper,
        is_cut=not is_full and following is not None,
        next=following,
    )


def _next_step(step: int, *, opened: int, wanted: int) -> int:
    if wanted > step // 2:
        return step
    return min(2 * step, LONGEST_STEP if opened <= step // SPARSE else LONG_STEP)


def _fits(stored: Stored, source_id: str | None) -> bool:
    return stored.record.source != ACTIONS_SOURCE and source_id in (None, stored.record.source)
