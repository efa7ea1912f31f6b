"""What was stored lately: finds the earlier copies of a commit's records, in the newest segment and closed ones."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence

from headwater.core.event import Record
from headwater.log import segments
from headwater.log.segments import Segment

KEYS_AT_ONCE = (256, 32, 4, 1)

_SELECT = {
    size: f"SELECT id, offset FROM ids WHERE id IN ({', '.join('?' * size)})"  # noqa: S608  question marks only
    for size in KEYS_AT_ONCE
}
_EVENT = "SELECT source, message_id, received_at_ms FROM events WHERE offset = ?"


class DedupeWindow:
    """Keeps closed segments open for as long as the window reaches into them."""

    def __init__(self, *, span_ms: int) -> None:
        self._span_ms = span_ms
        self._open: dict[int, sqlite3.Connection] = {}

    @property
    def reach(self) -> int:
        """How many closed segments each commit looks into."""
        return len(self._open)

    def find(
        self,
        wanted: Mapping[bytes, Record],
        *,
        newest: sqlite3.Connection,
        known: Sequence[Segment],
        now_ms: int,
    ) -> list[tuple[Record, int]]:
        """Return those of `wanted` (by index key) that were stored within the window, with their offsets.

        `known` are all segments, oldest first; `newest` is the last one's connection.
        """
        oldest_ms = now_ms - self._span_ms
        found = _found(newest, wanted, oldest_ms)
        for segment in self._reached(known, oldest_ms):
            found += _found(self._connection(segment), wanted, oldest_ms)
        return found

    def forget(self, numbers: Collection[int]) -> None:
        """Let go of these segments."""
        for number in numbers:
            connection = self._open.pop(number, None)
            if connection is not None:
                connection.close()

    def close(self) -> None:
        """Let go of all."""
        self.forget(list(self._open))

    def _reached(self, known: Sequence[Segment], oldest_ms: int) -> list[Segment]:
        """Return the closed segments that end within the window; the others are let go of."""
        ends_ms = [following.opened_at_ms for following in known[1:]]
        reached = [segment for segment, end_ms in zip(known, ends_ms, strict=False) if end_ms >= oldest_ms]
        if len(reached) < len(self._open):
            self.forget(self._open.keys() - {segment.number for segment in reached})
        return reached

    def _connection(self, segment: Segment) -> sqlite3.Connection:
        if segment.number not in self._open:
            self._open[segment.number] = segments.connect(segment.path, read_only=True)
        return self._open[segment.number]


def _found(connection: sqlite3.Connection, wanted: Mapping[bytes, Record], oldest_ms: int) -> list[tuple[Record, int]]:
    return [
        (wanted[key], offset)
        for keys in _runs(list(wanted))
        for key, offset in connection.execute(_SELECT[len(keys)], keys).fetchall()
        if _is_same(connection, offset, wanted[key], oldest_ms)
    ]


def _is_same(connection: sqlite3.Connection, offset: int, record: Record, oldest_ms: int) -> bool:
    """Tell whether the indexed event is this one (hashes can collide) and inside the window."""
    row = connection.execute(_EVENT, (offset,)).fetchone()
    if row is None:
        return False
    source, message_id, received_at_ms = row
    return (source, message_id) == (record.source, record.message_id) and received_at_ms >= oldest_ms


def _runs(keys: list[bytes]) -> Iterator[list[bytes]]:
    """Cut `keys` into runs as long as the prepared statements."""
    start = 0
    for size in KEYS_AT_ONCE:
        while len(keys) - start >= size:
            yield keys[start : start + size]
            start += size
