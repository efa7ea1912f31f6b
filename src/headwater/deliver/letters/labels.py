"""Whose event a dead letter is, and its name: what it is found by. Bodies are sealed; nobody's id lies beside one."""

import msgspec

from headwater.core.event import ACTION, Record
from headwater.core.secrets import Sealer

CONTEXT = "deliver.person"
MAX_NAME = 200
# Where an event's own name stands, for the calls that have one.
NAMED_BY = {"track": "event", "page": "name", "screen": "name"}


class _Named(msgspec.Struct):
    event: msgspec.Raw = msgspec.Raw(b"null")
    name: msgspec.Raw = msgspec.Raw(b"null")


_decoder = msgspec.json.Decoder(_Named)


def hidden(user: str, *, sealer: Sealer) -> bytes:
    """Return what stands for a person's id: the same each time, and of use to nobody without the key."""
    return sealer.keyed_hash(user, context=CONTEXT)


def hidden_of(record: Record, *, sealer: Sealer) -> bytes | None:
    """Return what stands for whoever's event it is, None for nobody's."""
    user = record.user_id or record.anonymous_id
    return None if user is None else hidden(user, sealer=sealer)


def name_of(record: Record) -> str | None:
    """Return the event's own name, None for one that has none or can't be read. Never raises."""
    field = NAMED_BY.get(record.type)
    if field is None or record.type == ACTION:
        return None
    try:
        name = msgspec.json.decode(getattr(_decoder.decode(record.body), field))
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return name[:MAX_NAME].encode(errors="replace").decode() if isinstance(name, str) else None
