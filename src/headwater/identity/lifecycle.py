"""What the log is told of a person's life: ordinary track events of the built-in source `identity`.

Names are those of Segment's B2B spec where it has one. No trait is in them: who wants traits reads the identity
or asks for an Action, whose mapping says which. An `anonymous_id` that came with a flow ties what a visitor did
before to the person they turned out to be.
"""

from typing import Any

import msgspec

from headwater import __version__
from headwater.core import clock, ids
from headwater.core.event import IDENTITY_SOURCE, Record

TRACK = "track"

# Of Segment's B2B spec.
SIGNED_UP = "Signed Up"
SIGNED_IN = "Signed In"
SIGNED_OUT = "Signed Out"

# Ours. Segment's "Account Created" and "Account Deleted" are about a company's account, not a person's.
IDENTITY_VERIFIED = "Identity Verified"
RECOVERY_COMPLETED = "Recovery Completed"
PROFILE_UPDATED = "Profile Updated"
CREDENTIAL_CHANGED = "Credential Changed"
IDENTITY_CREATED = "Identity Created"
IDENTITY_UPDATED = "Identity Updated"
IDENTITY_DELETED = "Identity Deleted"

# A browser says who it is, so it may say anything: beyond this it is no id of any SDK, and isn't stored.
MAX_ANONYMOUS_ID_LENGTH = 255


def signed_up(
    identity_id: str,
    *,
    project_id: str,
    method: str,
    flow_type: str,
    now_ms: int,
    anonymous_id: str | None = None,
    provider: str | None = None,
) -> Record:
    """Return the event of a new person who registered; `provider` is that of social sign-in."""
    properties = {"method": method, "project_id": project_id, "flow_type": flow_type, **_at(provider)}
    return _track(SIGNED_UP, identity_id, properties, now_ms=now_ms, anonymous_id=anonymous_id)


def signed_in(
    identity_id: str,
    *,
    project_id: str,
    method: str,
    flow_type: str,
    now_ms: int,
    anonymous_id: str | None = None,
    provider: str | None = None,
) -> Record:
    """Return the event of a completed login, refreshes and second factors included."""
    properties = {"method": method, "project_id": project_id, "flow_type": flow_type, **_at(provider)}
    return _track(SIGNED_IN, identity_id, properties, now_ms=now_ms, anonymous_id=anonymous_id)


def signed_out(
    identity_id: str, *, project_id: str, flow_type: str, now_ms: int, anonymous_id: str | None = None
) -> Record:
    """Return the event of a person who ended their session by logging out."""
    properties = {"project_id": project_id, "flow_type": flow_type}
    return _track(SIGNED_OUT, identity_id, properties, now_ms=now_ms, anonymous_id=anonymous_id)


def verified(
    identity_id: str,
    *,
    project_id: str,
    method: str,
    via: str,
    flow_type: str,
    now_ms: int,
    anonymous_id: str | None = None,
) -> Record:
    """Return the event of an address proven. `via` is its channel, email or sms; the address itself is a trait."""
    properties = {"method": method, "project_id": project_id, "flow_type": flow_type, "via": via}
    return _track(IDENTITY_VERIFIED, identity_id, properties, now_ms=now_ms, anonymous_id=anonymous_id)


def recovered(
    identity_id: str, *, project_id: str, method: str, flow_type: str, now_ms: int, anonymous_id: str | None = None
) -> Record:
    """Return the event of a person who got back in without their credentials."""
    properties = {"method": method, "project_id": project_id, "flow_type": flow_type}
    return _track(RECOVERY_COMPLETED, identity_id, properties, now_ms=now_ms, anonymous_id=anonymous_id)


def profile_updated(
    identity_id: str, *, project_id: str, flow_type: str, now_ms: int, anonymous_id: str | None = None
) -> Record:
    """Return the event of a person who changed their own traits."""
    properties = {"project_id": project_id, "flow_type": flow_type}
    return _track(PROFILE_UPDATED, identity_id, properties, now_ms=now_ms, anonymous_id=anonymous_id)


def credential_changed(
    identity_id: str,
    *,
    project_id: str,
    method: str,
    now_ms: int,
    flow_type: str | None = None,
    anonymous_id: str | None = None,
) -> Record:
    """Return the event of a way to sign in that was set, replaced or removed; `flow_type` None: by an operator."""
    properties = {"method": method, "project_id": project_id}
    if flow_type is not None:
        properties["flow_type"] = flow_type
    return _track(CREDENTIAL_CHANGED, identity_id, properties, now_ms=now_ms, anonymous_id=anonymous_id)


def identity_created(identity_id: str, *, project_id: str, now_ms: int) -> Record:
    """Return the event of a person made by an operator."""
    return _track(IDENTITY_CREATED, identity_id, {"project_id": project_id}, now_ms=now_ms)


def identity_updated(identity_id: str, *, project_id: str, now_ms: int) -> Record:
    """Return the event of a person changed by an operator."""
    return _track(IDENTITY_UPDATED, identity_id, {"project_id": project_id}, now_ms=now_ms)


def identity_deleted(identity_id: str, *, project_id: str, now_ms: int) -> Record:
    """Return the event of a person removed by an operator."""
    return _track(IDENTITY_DELETED, identity_id, {"project_id": project_id}, now_ms=now_ms)


def _at(provider: str | None) -> dict[str, str]:
    return {} if provider is None else {"provider": provider}


def _track(
    event: str, identity_id: str, properties: dict[str, Any], *, now_ms: int, anonymous_id: str | None = None
) -> Record:
    moment = clock.iso_ms(clock.from_epoch_ms(now_ms))
    message_id = ids.new_uuid()
    visitor = anonymous_id if anonymous_id and len(anonymous_id) <= MAX_ANONYMOUS_ID_LENGTH else None
    body = {
        "type": TRACK,
        "messageId": message_id,
        **({"anonymousId": visitor} if visitor else {}),
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
        anonymous_id=visitor,
    )
