"""What the readers would have counted: events of a source, deliveries of a destination, just now."""

from headwater.core.clock import epoch_ms
from headwater.core.event import Record, Stored
from headwater.deliver.ledger import Ledger
from headwater.deliver.settlement import Attempt, Settlement
from headwater.live import live_tables, schema_book
from headwater.live.limits import SchemaLimits
from headwater.live.schema_book import Progress
from headwater.live.sightings import Sightings


def now_ms(floor):
    return epoch_ms(floor.rooms.clock.now())


def counted(floor, source_id, types):
    """Have the readers count events of a source, just received."""
    records = [
        Record(source=source_id, message_id="m", type=each, body=b"{}", received_at_ms=now_ms(floor), user_id="ada")
        for each in types
    ]
    sightings = Sightings()
    sightings.take([Stored(offset=1, record=record) for record in records], max_size=10**6)
    connection = live_tables.open_for_writing(floor.rooms.folder.live_database)
    progress = Progress(cursor=len(records))
    schema_book.save(connection, sightings, progress, limits=SchemaLimits(), now_ms=now_ms(floor))
    connection.close()


async def settled(floor, destination_id, *outcomes):
    """Have a destination's events come to an end, just now."""
    rows = [
        Attempt(
            offset=offset,
            number=1,
            message_id="m",
            source="s",
            at_ms=now_ms(floor),
            outcome=outcome,
            status=200,
            reason=None,
            duration_ms=1,
            detail=None,
            latency_ms=1_234 if outcome == "delivered" else None,
        )
        for offset, outcome in enumerate(outcomes, 1)
    ]
    ledger = Ledger(floor.rooms.folder.deliver_database, sealer=floor.rooms.sealer)
    await ledger.settle(destination_id, Settlement(watermark=len(rows), ranges=b"", attempts=rows))
    await ledger.close()
