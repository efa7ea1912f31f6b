"""How the server and a worker talk: frames of a length, the number of parts, the length of each, and the parts.

A request is `(EVALUATE, name, text, argument, …)` or `(CHECK, name, text)`. An argument is its name, WHOLE and its
JSON, or, when it is an object, its name, how many members it has, and the name and the JSON of each. A reply is
`(DONE, output)` or `(a fault's kind, message)`, and `(READY,)` once at the start. A new kind of request, such
as one program over many events, is one more first word. Standard library only: workers import it.
"""

import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise

EVALUATE = b"evaluate"
CHECK = b"check"
WHOLE = b"whole"
READY = b"ready"
DONE = b"done"

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size


class FrameError(Exception):
    """The bytes are not a frame."""


def pack(parts: Sequence[bytes]) -> bytes:
    """Return one frame."""
    lengths = [len(part) for part in parts]
    head = struct.pack(f">{len(parts) + 1}I", len(parts), *lengths)
    return b"".join((_LENGTH.pack(len(head) + sum(lengths)), head, *parts))


def body_length(head: bytes | bytearray) -> int:
    """Return how many bytes follow the first LENGTH_BYTES of a frame."""
    length: int = _LENGTH.unpack_from(head)[0]
    return length


def unpack(body: bytes) -> list[bytes]:
    """Return the parts of a frame's body. Raises FrameError when the lengths don't add up."""
    if len(body) < LENGTH_BYTES:
        raise FrameError("the number of parts is cut off")
    count = body_length(body)
    start = LENGTH_BYTES * (1 + count)
    if start > len(body):
        raise FrameError("a part's length is cut off")
    ends = list(accumulate(struct.unpack_from(f">{count}I", body, LENGTH_BYTES), initial=start))
    if ends[-1] != len(body):
        raise FrameError("the parts are not as long as they say")
    return [body[begin:end] for begin, end in pairwise(ends)]
