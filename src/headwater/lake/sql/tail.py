"""What is in the log and not in the lake's files yet: read by each query, by the same rows as the writer's."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from headwater.core.event import Stored
from headwater.lake.batches import Batches
from headwater.log import segments


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How far the tail was read. `behind`: so many records more are in the log."""

    up_to: int
    behind: int


def read(log: Path, batches: Mapping[str, Batches], *, after: int, most: int) -> Seen:
    """Add what the log holds above `after` to the batches of its source, the oldest `most` records of it."""
    up_to, head = after, after
    for segment in _segments(log, after):
        connection = segments.connect(segment, mode="ro")
        try:
            for stored in segments.records_after(connection, after, limit=most - (up_to - after)):
                _add(stored, batches)
                up_to = stored.offset
            head = max(head, segments.newest_offset(connection))
        finally:
            connection.close()
    return Seen(up_to=up_to, behind=head - up_to)


def _add(stored: Stored, batches: Mapping[str, Batches]) -> None:
    record = stored.record
    if (found := batches.get(record.source)) is not None:
        found.add_body(record.body, offset=stored.offset, received_at_ms=record.received_at_ms)


def _segments(log: Path, after: int) -> Iterator[Path]:
    """Yield the files that hold something above `after`, oldest first."""
    found = [segments.describe(segments.path_of(log, number)) for number in segments.numbers(log)]
    for segment, following in zip(found, [*found[1:], None], strict=True):
        if following is None or following.first_offset > after + 1:
            yield segment.path
