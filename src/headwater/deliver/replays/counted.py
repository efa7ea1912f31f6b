"""How many events a replay is about, counted in bounded steps: between two of them others have their turn."""

import msgspec

from headwater.deliver.replays.selected import Selected
from headwater.log.event_log import Reader

READ_AT_ONCE = 256  # what the event loop is kept busy with
READS_IN_A_STEP = 40


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The events found above where a step began and up to `up_to`; `is_end`: there are no more."""

    events: int
    up_to: int
    is_end: bool


async def step(reader: Reader, selected: Selected, *, after: int, up_to: int) -> Counted:
    """Count on from `after`, for a while, at most to `up_to`."""
    events = 0
    for _ in range(READS_IN_A_STEP):
        if after >= up_to:
            break
        seen = await reader.scan(after=after, limit=READ_AT_ONCE, sources=selected.sources)
        events += sum(1 for stored in seen.records if stored.offset <= up_to and selected.has(stored.record))
        after = up_to if seen.is_end else seen.up_to
    return Counted(events=events, up_to=after, is_end=after >= up_to)


async def whole(reader: Reader, selected: Selected, *, after: int, up_to: int) -> int:
    """Count all of them."""
    events, is_end = 0, False
    while not is_end:
        found = await step(reader, selected, after=after, up_to=up_to)
        events, after, is_end = events + found.events, found.up_to, found.is_end
    return events
