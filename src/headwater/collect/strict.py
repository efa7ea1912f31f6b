"""Strict sources: what Segment drops behind a 200 is answered 400 and named. The good events are stored all the same.

The reply is for the developer who reads it. Clients throw away what is answered 400, which is right for the dropped
events and harmless for the others: they are stored.
"""

from collections.abc import Sequence

import msgspec

from headwater.web.call import Reply

BAD_REQUEST_STATUS = 400
# A batch may have 2,500 bad events; nobody reads more than these.
MOST_NAMED = 100


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """Events that were not stored: one, or with `times` as many from `index` on."""

    index: int
    code: str
    message_id: str | None
    source_id: str
    is_strict: bool
    sample: str
    times: int = 1


class Named(msgspec.Struct, frozen=True, rename="camel"):
    """One dropped event as the reply names it."""

    index: int
    code: str
    message_id: str | None


class StrictBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The reply's body: the shape of every refusal, and the list."""

    success: bool = False
    code: str
    message: str
    error: str
    stored_count: int
    dropped_count: int
    dropped: list[Named]


def reply(drops: Sequence[Drop], *, stored_count: int) -> Reply:
    """Return the 400 that names `drops`, the first hundred of them."""
    first = drops[0]
    dropped_count = sum(drop.times for drop in drops)
    message = (
        f"Dropped {dropped_count} of {dropped_count + stored_count} events, the others are stored."
        f" The first is number {first.index} (counted from 0): {first.code}."
    )
    body = StrictBody(
        code=first.code,
        message=message,
        error=message,
        stored_count=stored_count,
        dropped_count=dropped_count,
        dropped=[Named(drop.index, drop.code, drop.message_id) for drop in drops[:MOST_NAMED]],
    )
    return Reply(status=BAD_REQUEST_STATUS, body=msgspec.json.encode(body))
