"""What was there before a change and after it, as it is kept: packed, bounded, sealed. Pure."""

import zlib
from typing import Any

import msgspec

from headwater.core.secrets import Sealer

MOST_BYTES = 64 * 1024  # of one document, packed: ten times as much as it was, for what is configured
LEVEL = 1
WHOLE, CUT = b"w", b"c"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is JSON; of one that was too long it is the text that it began with. `size_bytes` is the whole's."""

    value: Any
    is_cut: bool = False
    size_bytes: int


class _Beginning(msgspec.Struct):
    text: str
    size_bytes: int


def sealed(document: bytes, *, sealer: Sealer, context: str) -> bytes:
    """Return JSON as it is kept."""
    packed = zlib.compress(document, LEVEL)
    if len(packed) <= MOST_BYTES:
        return sealer.seal(WHOLE + packed, context=context)
    beginning = _Beginning(document[:MOST_BYTES].decode(errors="ignore"), len(document))
    return sealer.seal(CUT + zlib.compress(msgspec.json.encode(beginning), LEVEL), context=context)


def opened(kept: bytes, *, sealer: Sealer, context: str) -> Document:
    """Return what `sealed` was given. Raises UnsealError."""
    plain = sealer.unseal(kept, context=context)
    document = zlib.decompress(plain[1:])
    if plain[:1] == CUT:
        beginning = msgspec.json.decode(document, type=_Beginning)
        return Document(value=beginning.text, is_cut=True, size_bytes=beginning.size_bytes)
    return Document(value=msgspec.json.decode(document), size_bytes=len(document))
