"""What the log is told of a person's life: ordinary track events of the built-in source `identity`.

Names are those of Segment's B2B spec where it has one. No trait is in them: who wants traits reads the identity
or asks for an Action, whose mapping says which.
"""

from typing import Any

import msgspec

from headwater import __version__
from headwater.core import clock, ids
from headwater.core.event import IDENTITY_SOURCE, Record

TRACK = "track"
SIGNED_UP = "Signed Up"

# Segment's "Account Deleted" is about a company's account, not a person's, so this one is ours.
IDENTITY_DELETED = "Identity Deleted"


def signed_up(identity_id: str, *, project_id: str, method: str, flow_type: str, now_ms: int) -> Record:
    """Return the event of a new person."""
    properties = {"method": method, "project_id": project_id, "flow_type": flow_type}
    return _track(SIGNED_UP, identity_id, properties, now_ms)


def identity_deleted(identity_id: str, *, project_id: str, now_ms: int) -> Record:
    """Return the event of a person removed by an operator."""
    return _track(IDENTITY_DELETED, identity_id, {"project_id": project_id}, now_ms)


def _track(event: str, identity_id: str, properties: dict[str, Any], now_ms: int) -> Record:
    moment = clock.iso_ms(clock.from_epoch_ms(now_ms))
    message_id = ids.new_uuid()
    body = {
        "type": TRACK,
        "messageId": message_id,
        "userId": identity_id,
        "event": event,
        "properties": properties,
        "context": {"library": {"name": "headwater-identity", "version": __version__}},
        "integrations": {},
        "originalTimestamp": moment,
        "timestamp": moment,
        "receivedAt": moment,
    }
    return Record(
        source=IDENTITY_SOURCE,
        message_id=message_id,
        type=TRACK,
        body=msgspec.json.encode(body),
        received_at_ms=now_ms,
        user_id=identity_id,
    )
