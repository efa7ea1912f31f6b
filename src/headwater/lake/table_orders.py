"""What a process that makes tables is told, and how: each order packed behind its length, its lines behind it."""

from typing import IO

import msgspec

from headwater.lake.limits import WriteLimits
from headwater.lake.tables import KnownColumn

LENGTH_BYTES = 4


class Making(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Comes first: where files are made, nobody else's folder, and when new columns are seen."""

    folder: str
    now_ms: int
    limits: WriteLimits


class Known(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The columns that a source has. Comes before anything of it is to be taken."""

    source: str
    columns: list[KnownColumn]


class Take(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """So many bytes of lines follow, of which these are of track calls."""

    source: str
    day: int
    are_tracks: bytes
    size: int


class Begin(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Write what was taken; said again once it was told what came of that before."""

    is_last: bool


Order = Making | Known | Take | Begin

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Order)


def tell(to: IO[bytes], order: Order, lines: bytes = b"") -> None:
    """Write one order. Raises OSError where nobody listens."""
    send(to, _encoder.encode(order))
    to.write(lines)


def hear(source: IO[bytes]) -> tuple[Order, bytes] | None:
    """Return the next order with its lines, None where there will be none."""
    if (packed := receive(source)) is None:
        return None
    order = _decoder.decode(packed)
    lines = source.read(order.size) if isinstance(order, Take) else b""
    return None if isinstance(order, Take) and len(lines) < order.size else (order, lines)


def send(to: IO[bytes], packed: bytes) -> None:
    """Write one message. Raises OSError."""
    to.write(len(packed).to_bytes(LENGTH_BYTES) + packed)


def receive(source: IO[bytes]) -> bytes | None:
    """Return the next message; None where whoever writes ended before its end."""
    length = source.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    size = int.from_bytes(length)
    packed = source.read(size)
    return packed if len(packed) == size else None
