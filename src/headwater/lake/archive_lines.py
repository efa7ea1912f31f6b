"""A line of the archive: one event as it was accepted, with what the log knows of it. NDJSON, for anybody's tools.

`event` is the body as stored, byte for byte. From a line comes back exactly the record that the log had.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import zstandard

from headwater.core.event import Record, Stored

LEVEL = 3
CHUNK_BYTES = 1 << 20


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a line says."""

    offset: int
    source: str
    message_id: str
    type: str
    received_at_ms: int
    user_id: str | None = None
    anonymous_id: str | None = None
    via: str | None = None
    event: msgspec.Raw


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def encode(stored: Stored) -> bytes:
    """Return the line of a record, with its end."""
    record = stored.record
    line = Line(
        offset=stored.offset,
        source=record.source,
        message_id=record.message_id,
        type=record.type,
        received_at_ms=record.received_at_ms,
        user_id=record.user_id,
        anonymous_id=record.anonymous_id,
        via=record.via,
        event=msgspec.Raw(record.body),
    )
    return _encoder.encode(line) + b"\n"


def decode(text: bytes) -> Stored:
    """Return the record of a line. Raises msgspec.DecodeError."""
    line = _decoder.decode(text)
    return Stored(
        offset=line.offset,
        record=Record(
            source=line.source,
            message_id=line.message_id,
            type=line.type,
            body=bytes(line.event),
            received_at_ms=line.received_at_ms,
            user_id=line.user_id,
            anonymous_id=line.anonymous_id,
            via=line.via,
        ),
    )


def pack(lines: bytes) -> bytes:
    """Return `lines` compressed; packed pieces one after the other are one archive, too."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(lines)


def write(records: Iterable[Stored], target: Path) -> int:
    """Write an archive of `records`, with little memory; return how many they are. Raises OSError."""
    count = 0
    with target.open("wb") as file, zstandard.ZstdCompressor(level=LEVEL).stream_writer(file) as writer:
        for count, stored in enumerate(records, 1):  # noqa: B007  what it is at the end
            writer.write(encode(stored))
    return count


def join(paths: Sequence[Path], target: Path) -> int:
    """Write one archive of all the lines of several, in their order; return how many they are. Raises OSError."""
    count = 0
    with target.open("wb") as file, zstandard.ZstdCompressor(level=LEVEL).stream_writer(file) as writer:
        for path in paths:
            for chunk in _chunks(path):
                count += chunk.count(b"\n")
                writer.write(chunk)
    return count


def read(path: Path) -> Iterator[Stored]:
    """Yield the records of an archive file, in order, with little memory. Raises OSError, zstandard.ZstdError."""
    for text in _lines(path):
        yield decode(text)


def mentions(path: Path, words: Sequence[bytes]) -> bool:
    """Tell whether any line of an archive file has any of `words` in it, wherever. Raises as `read` does."""
    rest = b""
    for chunk in _chunks(path):
        text = rest + chunk
        if any(word in text for word in words):
            return True
        rest = text[text.rfind(b"\n") + 1 :]
    return False


def _lines(path: Path) -> Iterator[bytes]:
    rest = b""
    for chunk in _chunks(path):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader:
        while chunk := reader.read(CHUNK_BYTES):
            yield chunk
