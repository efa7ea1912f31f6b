"""Points of the log as people name them: a moment, and the offset at which the log was then. Reads, and little."""

from headwater.log.event_log import Reader


async def offset_at(reader: Reader, *, at_ms: int, oldest: int, newest: int) -> int:
    """Return the offset of the first record received at `at_ms` or later; one above `newest` if there is none.

    Offsets grow with the time, but for what the relay brings late: that stands where it was appended.
    """
    low, high = oldest, newest + 1
    while low < high:
        middle = (low + high) // 2
        found = await reader.read(after=middle - 1, limit=1)
        if found and found[0].record.received_at_ms < at_ms:
            low = max(middle, found[0].offset) + 1
        else:
            high = middle
    return min(low, newest + 1)
