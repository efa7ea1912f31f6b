"""The record: one entry of the log, self-contained, as every reader sees it."""

import msgspec

IDENTITY_SOURCE = "identity"
ACTIONS_SOURCE = "@actions"

ACTION = "action"


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is appended to the log.

    `source` is a source id (or one of the two reserved ones above). `message_id` is unique per source
    within the deduplication window. `user_id` and `anonymous_id` say whose it is: erasing a person looks
    for them here, without opening bodies. `body` is the event's JSON as stored; for a queued action
    (`type == ACTION`) it is a sealed request. `via` names an unusual way in, such as `tracking-alias`.
    """

    source: str
    message_id: str
    type: str
    body: bytes
    received_at_ms: int
    user_id: str | None = None
    anonymous_id: str | None = None
    via: str | None = None


class Stored(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record with the offset the log gave it; offsets grow by one and are never used twice."""

    offset: int
    record: Record
