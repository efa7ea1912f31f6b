"""Strict sources: what Segment drops behind a 200 is answered 400 and named. The good events are stored all the same.

The reply is for the developer who reads it. Clients throw away what is answered 400, which is right for the dropped
events and harmless for the others: they are stored.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from headwater.collect import rules
from headwater.web.call import Reply

BAD_REQUEST_STATUS = 400
# A batch may have 2,500 bad events; nobody reads more than these.
MOST_NAMED = 100


class Place(msgspec.Struct, frozen=True):
    """An event in its call, by its number and its id."""

    index: int
    message_id: str | None


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """Events that were not stored: one, or with `times` as many from `index` on. `others` are the next of them."""

    index: int
    code: str
    reason: str
    message_id: str | None
    source_id: str
    is_strict: bool
    sample: str
    times: int = 1
    others: tuple[Place, ...] = ()


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
    dropped_count = sum(drop.times for drop in drops)
    message = _message(drops[0], dropped_count=dropped_count, stored_count=stored_count)
    body = StrictBody(
        code=drops[0].code,
        message=message,
        error=message,
        stored_count=stored_count,
        dropped_count=dropped_count,
        dropped=list(islice(_named(drops), MOST_NAMED)),
    )
    return Reply(status=BAD_REQUEST_STATUS, body=msgspec.json.encode(body))


def _named(drops: Sequence[Drop]) -> Iterator[Named]:
    for drop in drops:
        yield Named(drop.index, drop.code, drop.message_id)
        for place in drop.others:
            yield Named(place.index, drop.code, place.message_id)


def _message(first: Drop, *, dropped_count: int, stored_count: int) -> str:
    what = f"{first.code}: {first.reason}"
    if first.code == rules.EMPTY_BATCH:
        return what
    called = "" if first.message_id is None else f" (id {first.message_id})"
    total = dropped_count + stored_count
    if total == 1:
        return f"Dropped event {first.index} of 1{called}: {what}"
    how_many = (
        f"all {total} events." if stored_count == 0 else f"{dropped_count} of {total} events, the others are stored."
    )
    return f"Dropped {how_many} The first is number {first.index}, counted from 0{called}: {what}"
