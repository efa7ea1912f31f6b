"""What was stored lately: finds the earlier copies of a commit's records, in the newest segment and closed ones."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from headwater.core.event import Record
from headwater.log import id_index, segments
from headwater.log.id_index import KEYS_IN_MEMORY, IdIndex
from headwater.log.segments import Segment

RECORDS_AT_ONCE = 1_000


class _Reached:
    """A segment that the window reaches into: its index, and its records to be sure."""

    def __init__(self, segment: Segment, *, end: int, mover: ThreadPoolExecutor, keys_in_memory: int) -> None:
        self.file = segments.connect(segment.path, mode="ro")
        self.index = IdIndex(segment, mover=mover, keys_in_memory=keys_in_memory)
        if self.index.up_to > end:  # somebody put an older segment back: the index is of another one
            self.index.close()
            id_index.remove(segment.index_path)
            self.index = IdIndex(segment, mover=mover, keys_in_memory=keys_in_memory)
        self._catch_up()

    def close(self) -> None:
        self.index.close()
        self.file.close()

    def is_same(self, offset: int, record: Record, oldest_ms: int) -> bool:
        """Tell whether the indexed record is this one (hashes can collide) and inside the window."""
        found = segments.records_after(self.file, offset - 1, limit=1)
        if not found:
            return False
        earlier = found[0].record
        is_same = (earlier.source, earlier.message_id) == (record.source, record.message_id)
        return is_same and earlier.received_at_ms >= oldest_ms

    def _catch_up(self) -> None:
        """Index what a crash has taken from the index."""
        while missing := segments.records_after(self.file, self.index.up_to, limit=RECORDS_AT_ONCE):
            self.index.add([id_index.key_of(one.record.source, one.record.message_id) for one in missing])


class DedupeWindow:
    """Keeps the newest segment open, and closed ones for as long as the window reaches into them."""

    def __init__(self, *, span_ms: int, keys_in_memory: int = KEYS_IN_MEMORY) -> None:
        self._span_ms = span_ms
        self._keys_in_memory = keys_in_memory
        self._mover = ThreadPoolExecutor(1, "log-index")
        self._reached: dict[int, _Reached] = {}

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
            for key, offset in reached.index.find(wanted).items():
                if reached.is_same(offset, wanted[key], oldest_ms):
                    found.append((wanted[key], offset))
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

    def _of(self, segment: Segment, end: int) -> _Reached:
        if segment.number not in self._reached:
            self._reached[segment.number] = _Reached(
                segment, end=end, mover=self._mover, keys_in_memory=self._keys_in_memory
            )
        return self._reached[segment.number]
