"""From an accepted message to the record that is stored (reference/segment.md 1.11)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from headwater.collect import timestamps
from headwater.core.clock import epoch_ms
from headwater.core.event import Record

VERSION = 2

_encoder = msgspec.json.Encoder()


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch (or a single call) says of all its messages."""

    source_id: str
    received_at: datetime
    sent_at: Any
    context: dict[str, Any]
    integrations: dict[str, Any]
    trigger_id: str | None
    via: str | None


def record_of(event: dict[str, Any], envelope: Envelope, *, number: int, new_id: Callable[[], str]) -> Record:
    """Return the record of one accepted message; `event` is used up. The item's own context wins."""
    for key in ("userId", "anonymousId", "context", "integrations"):
        if not event.get(key):
            event.pop(key, None)  # null is absent
    event.pop("writeKey", None)
    event["context"] = {**envelope.context, **event.get("context", {})}
    event["integrations"] = {**envelope.integrations, **event.get("integrations", {})}
    event["messageId"] = event.get("messageId") or _assigned_id(envelope, number, new_id)
    timestamps.stamp(event, sent_at=envelope.sent_at, received_at=envelope.received_at)
    event["version"] = VERSION
    return Record(
        source=envelope.source_id,
        message_id=event["messageId"],
        type=event["type"],
        user_id=event.get("userId"),
        anonymous_id=event.get("anonymousId"),
        received_at_ms=epoch_ms(envelope.received_at),
        via=envelope.via,
        body=_encoder.encode(event),
    )


def _assigned_id(envelope: Envelope, number: int, new_id: Callable[[], str]) -> str:
    """Return an id for a message that has none.

    An Ory Action's call takes its trigger id, which is the same over retries: a retried Action is stored once
    (DESIGN decision 4).
    """
    if envelope.trigger_id is None:
        return new_id()
    return envelope.trigger_id if number == 0 else f"{envelope.trigger_id}:{number}"
