"""The event of a dead letter whose own copy has expired: the log has it for as long as it is retained there."""

from headwater.core.event import Record
from headwater.log.event_log import Reader

GONE = "its body has expired, and the log has forgotten the event"


async def in_log(reader: Reader, offset: int, *, message_id: str, source: str) -> Record | None:
    """Return the record at `offset`, None where the log has forgotten, or erased, it."""
    for stored in await reader.read(after=offset - 1, limit=1):
        record = stored.record
        if stored.offset == offset and record.message_id == message_id and record.source == source:
            return record
    return None
