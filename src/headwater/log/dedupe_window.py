"""What was stored lately: finds the earlier copies of a commit's records, in the newest segment and closed ones."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from headwater.core.event import Record
from headwater.log import chunks, id_index, id_keys, segments
from headwater.log.id_index import IdIndex
from headwater.log.log_limits import KEYS_IN_MEMORY
from headwater.log.segments import Segment

logger = structlog.get_logger(__name__)

RECORDS_AT_ONCE = 1_000
NO_RECORDS = chunks.encode([])


class _Reached:
    """A segment that the window reaches into: its index, and its records to be sure."""

    def __init__(self, segment: Segment, *, end: int, mover: ThreadPoolExecutor, keys_in_memory: int) -> None:
        self._segment = segment
        self._file = segments.connect(segment.path, mode="ro")
        self._open_index = partial(IdIndex, segment, mover=mover, keys_in_memory=keys_in_memory)
        self.index = self._open_index()
        if self.index.up_to > end:  # somebody put an older segment back: the index is of another one
            self._begin_anew()
        self._catch_up()

    def close(self) -> None:
        self.index.close()
        self._file.close()

    def find(self, wanted: Mapping[bytes, Record], *, oldest_ms: int) -> Iterator[tuple[Record, int]]:
        """Yield those of `wanted` that are here (hashes can collide) and inside the window."""
        offsets = self._indexed(wanted)
        if not offsets:
            return
        held = _Held(self._file)
        for key in sorted(offsets, key=offsets.__getitem__):
            record, earlier = wanted[key], held.at(offsets[key])
            if earlier is None or earlier.received_at_ms < oldest_ms:
                continue
            if (earlier.source, earlier.message_id) == (record.source, record.message_id):
                yield record, offsets[key]

    def _indexed(self, keys: Collection[bytes]) -> dict[bytes, int]:
        try:
            return self.index.find(keys)
        except sqlite3.DatabaseError as error:
            if not id_index.is_damage(error):
                raise
            logger.warning("log_index_made_anew", reason=str(error))
            self._begin_anew()
            self._catch_up()
            return self.index.find(keys)

    def _begin_anew(self) -> None:
        self.index.close()
        id_index.remove(self._segment.index_path)
        self.index = self._open_index()

    def _catch_up(self) -> None:
        """Index what a crash has taken from the index."""
        while missing := segments.records_after(self._file, self.index.up_to, limit=RECORDS_AT_ONCE):
            self.index.make_room()
            self.index.add([id_keys.key_of(one.record.source, one.record.message_id) for one in missing])


class _Held:
    """The chunk that was read last: what comes again mostly came together, so each chunk is read but once."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        self._records: dict[int, Record] = {}

    def at(self, offset: int) -> Record | None:
        """Return the record at `offset`, if there is one. Cheap when offsets ascend."""
        if offset not in self._records:
            first, _count, blob = next(iter(segments.chunks_from(self._file, offset)), (offset, 0, NO_RECORDS))
            self._records = {stored.offset: stored.record for stored in chunks.decode(first, blob)}
        return self._records.get(offset)


class DedupeWindow:
    """Keeps the newest segment open, and closed ones for as long as the window reaches into them."""

    def __init__(self, *, span_ms: int, keys_in_memory: int = KEYS_IN_MEMORY) -> None:
        self._span_ms = span_ms
        self._keys_in_memory = keys_in_memory
        self._mover = ThreadPoolExecutor(1, "log-index")
        self._filterer = ThreadPoolExecutor(1, "log-filter")
        self._reached: dict[int, _Reached] = {}

    @property
    def reach(self) -> int:
        """How many segments each commit looks into."""
        return len(self._reached)

    def find(
        self, wanted: Mapping[bytes, Record], *, known: Sequence[Segment], newest_offset: int, now_ms: int
    ) -> list[tuple[Record, int]]:
        """Return those of `wanted` (by index key) that were stored within the window, with their offsets.

        `known` are all segments, oldest first. Raises sqlite3.Error.
        """
        oldest_ms = now_ms - self._span_ms
        ends = [*(following.first_offset - 1 for following in known[1:]), newest_offset]
        ends_ms = [*(following.opened_at_ms for following in known[1:]), now_ms]
        found: list[tuple[Record, int]] = []
        for segment, end, end_ms in zip(known, ends, ends_ms, strict=True):
            if end_ms < oldest_ms:
                self.forget([segment.number])
                continue
            reached = self._of(segment, end)
            found += reached.find(wanted, oldest_ms=oldest_ms)
            if segment is not known[-1]:
                reached.index.filter_later(self._filterer)
        return found

    def add(self, segment: Segment, keys: Sequence[bytes]) -> None:
        """Index what was just committed to the newest segment."""
        self._reached[segment.number].index.add(keys)

    def end(self, segment: Segment) -> None:
        """Hear that the segment is closed: nothing will be added to it."""
        if segment.number in self._reached:
            self._reached[segment.number].index.move()

    def forget(self, numbers: Collection[int]) -> None:
        """Let go of these segments."""
        for number in numbers:
            reached = self._reached.pop(number, None)
            if reached is not None:
                reached.close()

    def close(self) -> None:
        """Let go of all."""
        self.forget(list(self._reached))
        self._mover.shutdown()
        self._filterer.shutdown()

    def _of(self, segment: Segment, end: int) -> _Reached:
        if segment.number not in self._reached:
            self._reached[segment.number] = _Reached(
                segment, end=end, mover=self._mover, keys_in_memory=self._keys_in_memory
            )
        return self._reached[segment.number]
