"""What a message says, sealed at rest: bodies hold codes and links (DESIGN decision 14)."""

from typing import Any

import msgspec

from headwater.core.secrets import Sealer

# The id is part of it: one person's message, copied over another's, doesn't open.
CONTEXT = "courier.message."


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one message, and what they were made of. `html_body` is empty for SMS."""

    subject: str
    body: str
    html_body: str = ""
    template_data: dict[str, Any] = {}
    request_headers: dict[str, list[str]] = {}

    def __repr__(self) -> str:
        return "Contents(***)"


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Contents)


def seal(contents: Contents, *, message_id: str, sealer: Sealer) -> bytes:
    return sealer.seal(_encoder.encode(contents), context=CONTEXT + message_id)


def unseal(sealed: bytes, *, message_id: str, sealer: Sealer) -> Contents:
    """Return the words. Raises UnsealError."""
    return _decoder.decode(sealer.unseal(sealed, context=CONTEXT + message_id))
