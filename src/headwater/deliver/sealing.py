"""How bodies are kept in `deliver.db`: sealed, always (DESIGN decision 14)."""

import msgspec

from headwater.core.event import Record
from headwater.core.secrets import Sealer

# A record may move from retries to dead letters and back as it is, so both share a context.
RECORD_CONTEXT = "deliver.record"
DETAIL_CONTEXT = "deliver.detail"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def seal_record(record: Record, *, sealer: Sealer) -> bytes:
    return sealer.seal(_encoder.encode(record), context=RECORD_CONTEXT)


def unseal_record(sealed: bytes, *, sealer: Sealer) -> Record:
    return _decoder.decode(sealer.unseal(sealed, context=RECORD_CONTEXT))


def seal_detail(detail: bytes | None, *, sealer: Sealer) -> bytes | None:
    return None if detail is None else sealer.seal(detail, context=DETAIL_CONTEXT)


def unseal_detail(sealed: bytes | None, *, sealer: Sealer) -> bytes | None:
    return None if sealed is None else sealer.unseal(sealed, context=DETAIL_CONTEXT)
