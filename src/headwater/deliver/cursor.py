"""How far a reader is: a low watermark and the settled ranges above it (DESIGN decision 6). Pure."""

import bisect

import msgspec

WINDOW = 1_024  # how far reading may run ahead of what is saved; also the most that a crash can repeat

_decoder = msgspec.msgpack.Decoder(list[tuple[int, int]])


class Cursor:
    """Everything up to `watermark` is settled, and so are the ranges above it, each with a gap before it."""

    def __init__(self, watermark: int, ranges: bytes = b"") -> None:
        self._watermark = watermark
        self._ranges = _decoder.decode(ranges) if ranges else []

    @property
    def watermark(self) -> int:
        return self._watermark

    def encoded_ranges(self) -> bytes:
        """Return the ranges in the form that the constructor takes."""
        return msgspec.msgpack.encode(self._ranges) if self._ranges else b""

    def is_settled(self, offset: int) -> bool:
        if offset <= self._watermark:
            return True
        index = bisect.bisect_right(self._ranges, (offset, offset)) - 1
        return any(first <= offset <= last for first, last in self._ranges[max(index, 0) : index + 2])

    def settle(self, first: int, last: int | None = None) -> None:
        """Settle `first`, or all from `first` to `last`. Settling twice is harmless."""
        last = first if last is None else last
        if first <= self._watermark + 1:
            self._watermark = max(self._watermark, last)
        else:
            self._insert(first, last)
        self._absorb()

    def _insert(self, first: int, last: int) -> None:
        start = bisect.bisect_left(self._ranges, (first, first))
        if start and self._ranges[start - 1][1] >= first - 1:
            start -= 1
        end = start
        while end < len(self._ranges) and self._ranges[end][0] <= last + 1:
            first, last = min(first, self._ranges[end][0]), max(last, self._ranges[end][1])
            end += 1
        self._ranges[start:end] = [(first, last)]

    def _absorb(self) -> None:
        while self._ranges and self._ranges[0][0] <= self._watermark + 1:
            self._watermark = max(self._watermark, self._ranges.pop(0)[1])
