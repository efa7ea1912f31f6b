"""Reading an answer without believing its size: neither on the wire nor once it is unpacked."""

import zlib
from collections.abc import AsyncIterator

from headwater.net.outbound import ResponseTooLargeError, UnreachableError

GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # zlib's own sign for "look at the first bytes"
UNPACKED = frozenset({"gzip", "x-gzip", "deflate"})


async def read(pieces: AsyncIterator[bytes], *, coding: str, max_bytes: int) -> bytes:
    """Return the whole body, unpacked when `coding` is one we know; at most `max_bytes` of it at any stage."""
    packed = bytearray()
    async for piece in pieces:
        packed += piece
        _check(len(packed), max_bytes)
    return _unpacked(bytes(packed), max_bytes) if packed and coding in UNPACKED else bytes(packed)


def _unpacked(packed: bytes, max_bytes: int) -> bytes:
    out = bytearray()
    while packed:
        member = zlib.decompressobj(GZIP_OR_ZLIB)
        try:
            # One byte more than allowed is enough to know: a bomb never unfolds.
            out += member.decompress(packed, max_bytes - len(out) + 1)
        except zlib.error:
            raise UnreachableError("The receiver's answer is not the gzip it claims to be.") from None
        _check(len(out), max_bytes)
        if not member.eof:
            raise UnreachableError("The receiver's answer ends in the middle of its gzip.")
        packed = member.unused_data
    return bytes(out)


def _check(size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        raise ResponseTooLargeError(f"The receiver's answer is larger than {max_bytes} bytes.")
