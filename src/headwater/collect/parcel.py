"""What one call brings: messages, and what it says of them all. Where a call names no source, each message may."""

from typing import Any

import msgspec

from headwater.collect import body as bodies
from headwater.collect import credentials
from headwater.collect.calls import BATCH
from headwater.web.call import Call

MAX_EVENTS = 2_500
# A batch's context goes into each of its events: a few hundred bytes of gzip could ask for a gigabyte.
MAX_SPREAD_BYTES = 16 * bodies.BATCH_MAX_BYTES


class Item(msgspec.Struct, frozen=True, gc=False):
    """One message and its place in the call. `message` is what was decoded, or a batch's item as it came."""

    number: int
    message: Any


class Share(msgspec.Struct, frozen=True, gc=False):
    """The messages of a call that go to one source."""

    key: str | None
    items: list[Item]


class Parcel(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The messages of one call. `excess` more came than are taken."""

    shares: list[Share]
    sent_at: Any = None
    context: dict[str, Any] = {}
    integrations: dict[str, Any] = {}
    excess: int = 0
    is_pixel: bool = False


def of(call: Call, name: str) -> Parcel:
    """Read a call for events. Raises BadBodyError or BodyTooLargeError."""
    max_bytes = bodies.BATCH_MAX_BYTES if name == BATCH else bodies.SINGLE_MAX_BYTES
    text = bodies.plain(call.body, encoding=call.headers.get("content-encoding"), max_bytes=max_bytes)
    return _batch(call, text) if name == BATCH else single(bodies.event_of(text), call, name)


def single(event: dict[str, Any], call: Call, name: str, *, is_pixel: bool = False) -> Parcel:
    """Return the parcel of one event; the path says its type, whatever the event itself says."""
    event["type"] = name
    key = credentials.write_key(call.headers, event.get("writeKey"))
    return Parcel(shares=[Share(key, [Item(0, event)])], sent_at=event.get("sentAt"), is_pixel=is_pixel)


def _batch(call: Call, text: bytes) -> Parcel:
    envelope, raws = bodies.batch_of(text)
    key = credentials.write_key(call.headers, envelope.write_key)
    items = [Item(number, raw) for number, raw in enumerate(raws[:MAX_EVENTS])]
    _refuse_too_much_spread(envelope, len(items), key=key)
    return Parcel(
        shares=[Share(key, items)] if key or not items else _by_key(items),
        sent_at=envelope.sent_at,
        context=_object(envelope.context),
        integrations=_object(envelope.integrations),
        excess=max(0, len(raws) - MAX_EVENTS),
    )


def _by_key(items: list[Item]) -> list[Share]:
    """Share out a batch that has no key of its own; an item without one goes where the first with one does."""
    shares: dict[str | None, Share] = {}
    keys = [_key_of(item) for item in items]
    fallback = next((key for key in keys if key), None)
    for item, own in zip(items, keys, strict=True):
        key = own or fallback
        shares.setdefault(key, Share(key, [])).items.append(item)
    return list(shares.values())


def _key_of(item: Item) -> str | None:
    try:
        message = bodies.value_of(item.message)
    except bodies.BadBodyError:  # the item alone is dropped for it, later
        return None
    return credentials.key_or_none(message.get("writeKey")) if isinstance(message, dict) else None


def _refuse_too_much_spread(envelope: bodies.BatchBody, count: int, *, key: str | None) -> None:
    shared_bytes = len(envelope.context) + len(envelope.integrations)
    if shared_bytes * count > MAX_SPREAD_BYTES:
        raise bodies.BodyTooLargeError(
            f"The batch's context and integrations are {shared_bytes} bytes and go into each of its {count} events;"
            f" together that may be {MAX_SPREAD_BYTES} bytes.",
            write_key=key,  # for the operator: whose call it was
        )


def _object(text: msgspec.Raw) -> dict[str, Any]:
    value = bodies.value_of(text)
    return value if isinstance(value, dict) else {}
