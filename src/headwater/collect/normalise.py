"""From an accepted message to the record that is stored (reference/segment.md 1.11)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from headwater.collect import timestamps
from headwater.collect.sender import Sender
from headwater.core.event import Record

VERSION = 2

_encoder = msgspec.json.Encoder()


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is the same for all messages of one call to one source."""

    source_id: str
    received_at: datetime
    received_iso: str
    received_at_ms: int
    sent_at: Any
    context: dict[str, Any]
    integrations: dict[str, Any]
    sender: Sender
    trigger_id: str | None
    via: str | None


def record_of(event: dict[str, Any], envelope: Envelope, *, number: int, new_id: Callable[[], str]) -> Record:
    """Return the record of one accepted message; `event` is used up. `number` is its place in the call.

    The call's context and integrations are merged in key by key, and the message's own win whole: half of one
    device and half of another would make a third that nobody has.
    """
    for key in ("userId", "anonymousId"):
        if key in event and not event[key]:
            del event[key]  # null is absent
    event.pop("writeKey", None)
    context = event["context"] = {**envelope.context, **(event.get("context") or {})}
    envelope.sender.describe(context)
    event["integrations"] = {**envelope.integrations, **(event.get("integrations") or {})}
    message_id = event["messageId"] = event.get("messageId") or _assigned_id(envelope, number, new_id)
    timestamps.stamp(
        event,
        sent_at=event.get("sentAt") if envelope.sent_at is None else envelope.sent_at,
        received_at=envelope.received_at,
        received_iso=envelope.received_iso,
    )
    event["version"] = VERSION
    return Record(
        source=envelope.source_id,
        message_id=message_id,
        type=event["type"],
        user_id=event.get("userId"),
        anonymous_id=event.get("anonymousId"),
        received_at_ms=envelope.received_at_ms,
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
