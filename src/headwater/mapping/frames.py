"""How the server and a worker talk: frames of a length and some parts, each part a length and its bytes.

A request is `(EVALUATE, name, text, argument name, its JSON, …)` or `(CHECK, name, text)`; a reply is
`(DONE, output)` or `(a fault's kind, message)`, and `(READY,)` once at the start. A new kind of request, such
as one program over many events, is one more first word. Standard library only: workers import it.
"""

import struct
from collections.abc import Sequence

EVALUATE = b"evaluate"
CHECK = b"check"
READY = b"ready"
DONE = b"done"

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size


class FrameError(Exception):
    """The bytes are not a frame."""


def pack(parts: Sequence[bytes]) -> bytes:
    """Return one frame."""
    body = b"".join(piece for part in parts for piece in (_LENGTH.pack(len(part)), part))
    return _LENGTH.pack(len(body)) + body


def body_length(head: bytes | bytearray) -> int:
    """Return how many bytes follow the first LENGTH_BYTES of a frame."""
    length: int = _LENGTH.unpack_from(head)[0]
    return length


def unpack(body: bytes | bytearray) -> list[bytes]:
    """Return the parts of a frame's body. Raises FrameError when the lengths don't add up."""
    parts: list[bytes] = []
    offset = 0
    while offset < len(body):
        if offset + LENGTH_BYTES > len(body):
            raise FrameError("a part's length is cut off")
        start = offset + LENGTH_BYTES
        offset = start + _LENGTH.unpack_from(body, offset)[0]
        if offset > len(body):
            raise FrameError("a part is cut off")
        parts.append(bytes(body[start:offset]))
    return parts
