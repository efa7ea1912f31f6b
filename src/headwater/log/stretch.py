"""Which stretch of the log holds all that was received in some time. It may hold more, never less; little is read.

Offsets grow with the time of appending. A tracking call is appended within moments of its receipt, so those tell the
time. What the relay brings may be late by as long as a server was down, and is then among the first that come in.
"""

from headwater.core.event import ACTIONS_SOURCE, IDENTITY_SOURCE, Stored
from headwater.log.event_log import Reader

LATE_MS = 10 * 60 * 1_000  # by how much a tracking call may be later in the log than it was received: moments
RELAYED_LATER = 20_000  # so many records behind that are looked at for what the relay brought late
LOOKED_AT = 256
RELAYED = frozenset({IDENTITY_SOURCE, ACTIONS_SOURCE})


async def stretch(reader: Reader, *, since_ms: int, until_ms: int) -> tuple[int, int]:
    """Return after which offset, and up to which, lies whatever was received from `since_ms` on, before `until_ms`."""
    newest = await reader.head()
    first = await first_from(reader, since_ms - LATE_MS, newest=newest)
    last = await first_from(reader, until_ms + LATE_MS, newest=newest)
    return first - 1, min(newest, last + RELAYED_LATER)


async def first_from(reader: Reader, moment_ms: int, *, newest: int) -> int:
    """Return an offset from which on tracking calls came at that moment or later, or up to LOOKED_AT before it.

    Before it none was appended at `moment_ms` plus LATE_MS or later.
    """
    low, high = 1, newest + 1
    while low < high:
        middle = (low + high) // 2
        if await _is_from(reader, middle, moment_ms):
            high = middle
        else:
            low = middle + 1
    return low


async def _is_from(reader: Reader, offset: int, moment_ms: int) -> bool:
    """Tell whether the tracking calls at `offset`, or the first ones behind it, came at that moment or later."""
    while found := await reader.read(after=offset - 1, limit=LOOKED_AT):
        if times := [_time(stored) for stored in found if stored.record.source not in RELAYED]:
            return max(times) >= moment_ms
        offset = found[-1].offset + 1
    return True


def _time(stored: Stored) -> int:
    return stored.record.received_at_ms
