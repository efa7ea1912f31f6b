"""What is posted: bodies cut open where a unique id belongs, so that wrk's Lua and our Python can both fill them."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

# A linear congruential generator with the full period: each number comes once in 2**32, in an order that jumps all
# over a sorted index, as random ids do. The products stay below 2**53, so that Lua's doubles count exactly.
FACTOR = 1_664_525
STEP = 1_013_904_223
MODULUS = 2**32

MARK = "\x00"
BATCH_EVENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A request's body. A unique id goes between each two pieces; one piece means that it is always the same."""

    path: str
    pieces: tuple[str, ...]
    events: int

    def filled(self, ids: Iterator[str]) -> bytes:
        """Return the body with the next ids in it."""
        parts = [self.pieces[0]]
        for piece in self.pieces[1:]:
            parts += (next(ids), piece)
        return "".join(parts).encode()


SINGLE = Body(
    path="/v1/track",
    pieces=('{"userId":"ada","event":"Order Completed","properties":{"revenue":39.95,"currency":"EUR","items":3}}',),
    events=1,
)


def batch() -> Body:
    """Return a batch of realistic events of 400 to 600 bytes."""
    text = json.dumps({"batch": [_event(number) for number in range(BATCH_EVENTS)]}, separators=(",", ":"))
    return Body(path="/v1/batch", pieces=tuple(text.split(json.dumps(MARK)[1:-1])), events=BATCH_EVENTS)


def id_suffix() -> str:
    """Return the part that makes the ids of one series its own: eight hex digits and this are shaped as a UUID."""
    return str(uuid.uuid4())[8:]


def ids() -> Iterator[str]:
    """Return unique ids, in the order in which `load` makes wrk count."""
    suffix, state = id_suffix(), 0
    while True:
        state = (state * FACTOR + STEP) % MODULUS
        yield f"{state:08x}{suffix}"


def _event(number: int) -> dict[str, object]:
    is_order = number % 3 == 0
    properties: dict[str, object] = {
        "sku": f"HW-{number:05d}",
        "price": 9.95 + number,
        "currency": "EUR",
        "quantity": 2,
    }
    if is_order:
        properties |= {"order_id": f"2026-{number:06d}", "coupon": "AUTUMN", "products": [{"sku": "A1"}, {"sku": "B2"}]}
    return {
        "type": "track",
        "messageId": MARK,
        "userId": f"user-{number % 40:04d}",
        "anonymousId": f"b6f2a3c4-7d1e-4f60-9a8b-{number:012d}",
        "event": "Order Completed" if is_order else "Product Viewed",
        "properties": properties,
        "context": {
            "library": {"name": "analytics.js", "version": "2.11.1"},
            "page": {"path": f"/shop/{number}", "title": "A shop", "referrer": "https://search.example/"},
            "locale": "de-DE",
            "timezone": "Europe/Berlin",
        },
        "timestamp": f"2026-11-23T20:15:{number % 60:02d}.000Z",
    }
