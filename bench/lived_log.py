"""A log that has lived: closed segments whose id indexes are full, and whose events nobody has kept.

Deduplication looks into the indexes alone until an id is found there. So only those are built at their true size,
once, and kept for later runs; each run gets links to them in a folder of its own, under segments that look new. One
real event in each of them proves that the server does look.
"""

import math
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from headwater import settings
from headwater.core.event import Record
from headwater.log import chunks, id_index, id_keys, segments
from headwater.log.log_limits import DAY_MS, RetentionLimits

PREFIX_BITS = 16
PREFIXES = 2**PREFIX_BITS
PREFIX_BYTES = PREFIX_BITS // 8
TAIL_BYTES = id_keys.KEY_BYTES - PREFIX_BYTES
STRIDE = 1_000_003  # a prime: neighbours in the index lie far from each other in the segment, as real ones do
CACHE_NAME = "headwater-bench-ids-{count}"
UNFINISHED = ".part"


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """One built index, of a segment with these offsets."""

    path: Path
    first_offset: int
    count: int

    @property
    def last_offset(self) -> int:
        return self.first_offset + self.count - 1


def indexes(folder: Path, count: int, *, say: Callable[[str], None]) -> list[Index]:
    """Return indexes of `count` ids together, split as the log would; made now if `folder` has none."""
    kept = folder / CACHE_NAME.format(count=count)
    if not kept.is_dir():
        draft = kept.with_suffix(UNFINISHED)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        for number, index in enumerate(_split(draft, count), 1):
            say(f"building {index.count:,} ids, segment {number} of {len(_split(draft, count))}")
            _build(index)
        draft.rename(kept)
    return _split(kept, count)


def lay(folder: Path, built: list[Index], *, source: str, now_ms: int) -> list[str]:
    """Make the log `folder` from these indexes and return one message id of `source` that each closed segment holds."""
    folder.mkdir()
    known = []
    for number, index in enumerate(built, 1):
        segment = segments.create(folder, number=number, first_offset=index.first_offset, now_ms=now_ms, positions=())
        known.append(f"known-to-segment-{number}")
        _store(segment.path, index, _record(source, known[-1], now_ms))
        segment.index_path.hardlink_to(index.path)
    following = built[-1].last_offset + 1
    segments.create(folder, number=len(built) + 1, first_offset=following, now_ms=now_ms, positions=())
    return known


def _split(folder: Path, count: int) -> list[Index]:
    kept = RetentionLimits(events=settings.load({}).log_retention_events)
    most = kept.log_limits(dedupe_window_ms=DAY_MS).segment_records
    return [
        Index(path=folder / f"{done + 1}.ids", first_offset=done + 1, count=min(most, count - done))
        for done in range(0, count, most)
    ]


def _build(index: Index) -> None:
    with closing(id_index.open_for_writing(index.path)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO ids VALUES (?, ?)", _rows(index))
        connection.execute("INSERT INTO indexed VALUES (?)", (index.last_offset,))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")


def _rows(index: Index) -> Iterator[tuple[bytes, int]]:
    """Yield random keys in their order (as many under each prefix, so that they needn't be sorted as a whole)."""
    chance = random.Random(index.first_offset)  # noqa: S311  a seed, for the same file each time
    stride = STRIDE if math.gcd(STRIDE, index.count) == 1 else 1
    made = 0
    for prefix in range(PREFIXES):
        wanted = index.count * (prefix + 1) // PREFIXES - made
        tails = chance.randbytes(wanted * TAIL_BYTES)
        for tail in sorted(tails[start : start + TAIL_BYTES] for start in range(0, len(tails), TAIL_BYTES)):
            yield prefix.to_bytes(PREFIX_BYTES) + tail, index.first_offset + made * stride % index.count
            made += 1


def _record(source: str, message_id: str, now_ms: int) -> Record:
    return Record(source=source, message_id=message_id, type="track", body=b"{}", received_at_ms=now_ms)


def _store(segment: Path, index: Index, record: Record) -> None:
    """Put `record` at a segment's end, and its key into the index that is kept."""
    with closing(segments.connect(segment, mode="rw")) as connection:
        connection.execute("INSERT INTO chunks VALUES (?, 1, ?)", (index.last_offset, chunks.encode([record])))
    with closing(id_index.open_for_writing(index.path)) as connection:
        key = id_keys.key_of(record.source, record.message_id)
        connection.execute("INSERT OR REPLACE INTO ids VALUES (?, ?)", (key, index.last_offset))
