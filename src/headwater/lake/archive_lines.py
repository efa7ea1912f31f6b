"""A line of the archive: one event as it was accepted, with what the log knows of it. NDJSON, for anybody's tools.

`event` is the body as stored, byte for byte. From a line comes back exactly the record that the log had.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain, islice, repeat
from operator import contains
from pathlib import Path

import msgspec
import zstandard

from headwater.core.event import Record, Stored
from headwater.lake.haul import Haul

LEVEL = 1  # of what a level 3 saves there is next to nothing in lines that are so much alike
END = b"\n"
CHUNK_BYTES = 1 << 20
RECORDS_AT_ONCE = 1_000


class Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a line says. By place, unlike others: it is made of each event."""

    offset: int
    source: str
    message_id: str
    type: str
    received_at_ms: int
    user_id: str | None = None
    anonymous_id: str | None = None
    via: str | None = None
    event: msgspec.Raw = msgspec.Raw()


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def together(haul: Haul) -> bytes:
    """Return the lines of records, each with its end: one line each, however the event is written."""
    bodies = haul.bodies
    if any(map(contains, bodies, repeat(END))):  # in JSON it stands between two words only
        bodies = [body.replace(END, b" ") for body in bodies]
    # A list, as msgspec 0.22 never lets go of an iterator: this one holds every column.
    return _encoder.encode_lines(list(_lines_of(haul, bodies)))


def each(lines: bytes) -> list[bytes]:
    """Return each of several lines, with its end."""
    return BytesIO(lines).readlines()  # looks for ends many bytes at once, unlike `split`


def _lines_of(haul: Haul, bodies: Iterable[bytes]) -> Iterator[Line]:
    return map(
        Line,
        haul.offsets,
        haul.sources,
        haul.message_ids,
        haul.types,
        haul.received_at_ms,
        haul.user_ids,
        haul.anonymous_ids,
        haul.vias,
        map(msgspec.Raw, bodies),
    )


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


class Archive:
    """An archive that is being written, piece by piece: packed pieces one after the other. Close it after use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file = path.open("wb")
        self._packer = zstandard.ZstdCompressor(level=LEVEL)

    @property
    def is_closed(self) -> bool:
        return self._file.closed

    def add(self, lines: bytes, *, count: int) -> None:
        """Write so many whole lines. Raises OSError."""
        self.count += count
        self._file.write(self._packer.compress(lines))

    def close(self) -> None:
        """Write what is left. Raises OSError."""
        self._file.close()


def write(records: Iterable[Stored], target: Path) -> int:
    """Write an archive of `records`, with little memory; return how many they are. Raises OSError."""
    some = iter(records)
    return _write(iter(lambda: together(Haul.of(islice(some, RECORDS_AT_ONCE))), b""), target)


def join(paths: Sequence[Path], target: Path) -> int:
    """Write one archive of all the lines of several, in their order; return how many they are. Raises OSError."""
    return _write(chain.from_iterable(map(_chunks, paths)), target)


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


def _write(pieces: Iterable[bytes], target: Path) -> int:
    archive = Archive(target)
    try:
        for piece in pieces:
            archive.add(piece, count=piece.count(b"\n"))
    finally:
        archive.close()
    return archive.count


def _lines(path: Path) -> Iterator[bytes]:
    rest = b""
    for chunk in _chunks(path):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader:
        while chunk := reader.read(CHUNK_BYTES):
            yield chunk
