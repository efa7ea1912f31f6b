"""Points of the log as people name them: a moment, and the offset at which the log was then. Reads, and little."""

from headwater.log import stretch
from headwater.log.event_log import Reader


async def offset_at(reader: Reader, *, at_ms: int, newest: int) -> int:
    """Return the offset from which on the log has what came at `at_ms` or later; one above `newest` if nothing did.

    Tracking calls tell the time: what the relay brings late stands where it was appended, and would mislead.
    """
    first = await stretch.first_from(reader, at_ms, newest=newest)
    for stored in await reader.read(after=first - 1, limit=2 * stretch.LOOKED_AT):
        if stored.record.received_at_ms >= at_ms:
            return stored.offset
    return first
