"""How records lie in a segment: several in one row, because a row is what a commit costs.

A chunk holds records with consecutive offsets, as one msgpack array; its row says the first offset and how many.
"""

from collections.abc import Sequence

import msgspec

from headwater.core.event import Record, Stored

MOST_RECORDS = 256

Chunk = tuple[int, bytes]  # the first offset, and the records that follow it
Fields = tuple[str, str, str, str | None, str | None, int, str | None, bytes]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Fields])


def encode(records: Sequence[Record]) -> bytes:
    """Return the blob of a chunk."""
    return _encoder.encode(
        [
            (one.source, one.message_id, one.type, one.user_id, one.anonymous_id, one.received_at_ms, one.via, one.body)
            for one in records
        ]
    )


def fields(blob: bytes) -> list[Fields]:
    """Return what a chunk says of each of its records."""
    return _decoder.decode(blob)


def decode(first_offset: int, blob: bytes) -> list[Stored]:
    """Return the records of a chunk."""
    return [
        Stored(
            offset=offset,
            record=Record(
                source=source,
                message_id=message_id,
                type=kind,
                user_id=user_id,
                anonymous_id=anonymous_id,
                received_at_ms=received_at_ms,
                via=via,
                body=body,
            ),
        )
        for offset, (source, message_id, kind, user_id, anonymous_id, received_at_ms, via, body) in enumerate(
            fields(blob), first_offset
        )
    ]
