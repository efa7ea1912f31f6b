"""Cutting a stream of JSON into its topmost objects, however large it is: by lines, or by matching brackets.

Nothing is parsed here, and no more than one object is held: a file of gigabytes passes through a small buffer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from headwater.core.errors import BadRequestError

MAX_ROW_BYTES = 1024 * 1024
CHUNK_BYTES = 64 * 1024
OUTSIDE = re.compile(rb'["{}\[\]]')
INSIDE = re.compile(rb'["\\]')
BETWEEN = re.compile(rb"[\s,]*")
QUOTE, BACKSLASH, COMMA = b'"', b"\\", b","
OPENING, CLOSING = b"{[", b"}]"


class BrokenFileError(BadRequestError):
    """The file can't be cut into objects any further."""

    code = "broken_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One object's bytes; None: it is larger than a row may be. `end` is how far the stream is read thereby."""

    number: int
    end: int
    content: bytes | None = field(repr=False)


def lines(stream: BinaryIO, *, number: int, end: int) -> Iterator[Cut]:
    """Yield the lines of JSONL after the one with `number`, which ended at `end`; empty ones are only counted."""
    while line := stream.readline(MAX_ROW_BYTES + 1):
        number, end = number + 1, end + len(line)
        is_whole = line.endswith(b"\n") or len(line) <= MAX_ROW_BYTES
        while not line.endswith(b"\n") and (rest := stream.readline(CHUNK_BYTES)):
            line, end = rest, end + len(rest)
        if not is_whole or line.strip():
            yield Cut(number=number, end=end, content=line if is_whole else None)


def values(stream: BinaryIO, *, number: int, end: int, in_array: bool) -> Iterator[Cut]:
    """Yield the objects of an array after the one with `number`, or those that follow each other without one.

    Raises BrokenFileError where something else stands, or the stream ends within an object.
    """
    yield from _Values(stream, number=number, end=end, in_array=in_array).cuts()


class _Values:
    """A buffer, how far it was looked through, and how deep we are in an object there."""

    def __init__(self, stream: BinaryIO, *, number: int, end: int, in_array: bool) -> None:
        self._stream = stream
        self._number = number
        self._in_array = in_array
        self._buffer = b""
        self._offset = end  # of the buffer's first byte
        self._at = 0
        self._is_over = False

    def cuts(self) -> Iterator[Cut]:
        while self._skip_to_object():
            content = self._object()
            self._number += 1
            yield Cut(number=self._number, end=self._offset + self._at, content=content)

    def _skip_to_object(self) -> bool:
        """Go to where the next object begins; False at the end."""
        while True:
            match = BETWEEN.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            letter = self._buffer[self._at : self._at + 1]
            if letter == b"{":
                if self._is_over:
                    raise self._broken("something follows the array")
                return True
            if letter == b"]" and self._in_array and not self._is_over:
                self._is_over = True
                self._at += 1
            elif letter:
                raise self._broken("there must be an object, beginning with {")
            elif not self._more():
                if self._in_array and not self._is_over:
                    raise self._broken("the file ends within its array")
                return False

    def _object(self) -> bytes | None:
        """Return the object that begins here, and go behind it. What is too large is passed by, not kept."""
        pieces: list[bytes] = []
        start, size, depth, is_text = self._at, 0, 0, False
        while True:
            match = (INSIDE if is_text else OUTSIDE).search(self._buffer, self._at)
            # A backslash takes the letter after it along, which must be here, too.
            if match is None or (match[0] == BACKSLASH and match.end() == len(self._buffer)):
                rest = self._buffer[match.start() :] if match else b""
                size += len(self._buffer) - len(rest) - start
                if size <= MAX_ROW_BYTES:
                    pieces.append(self._buffer[start : len(self._buffer) - len(rest)])
                self._at = len(self._buffer) - len(rest)
                if not self._more():
                    raise self._broken("the file ends within an object")
                start = 0
                continue
            self._at = match.end()
            if match[0] == BACKSLASH:
                self._at += 1
            elif match[0] == QUOTE:
                is_text = not is_text
            else:
                depth += 1 if match[0] in (b"{", b"[") else -1
                if depth == 0:
                    break
        size += self._at - start
        return b"".join([*pieces, self._buffer[start : self._at]]) if size <= MAX_ROW_BYTES else None

    def _more(self) -> bool:
        """Read on; what was looked through is forgotten."""
        chunk = self._stream.read(CHUNK_BYTES)
        self._offset += self._at
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        return bool(chunk)

    def _broken(self, reason: str) -> BrokenFileError:
        return BrokenFileError(f"at byte {self._offset + self._at}, {reason}")
