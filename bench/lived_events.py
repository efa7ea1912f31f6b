"""A long log of what people did, put straight into the folder of a server that doesn't run: through the log's writer.

Half of it comes from the first source. The first person has been away since the first tenth of it.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from headwater.core.clock import SystemClock, epoch_ms
from headwater.core.event import Record
from headwater.log.log_limits import LogLimits
from headwater.log.sqlite_writer import SqliteLogWriter

APPENDED_AT_ONCE = 5_000
SAID_EVERY = 1_000_000
DAYS_MS = 3 * 24 * 3600 * 1000
STRIDE = 7_919  # a prime: who comes next lies far off
AWAY_SINCE = 10  # the first person: since this part of the log
NAMES = ("Order Completed", "Product Viewed", "Product Added", "Signed Up", "Checkout Started", "Article Read")
ENCODER = msgspec.json.Encoder()


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something, where it came from, how much it was and until when."""

    people: Sequence[str]
    sources: Sequence[str]
    events: int
    now_ms: int

    def record(self, number: int) -> Record:
        """Return the event with this number, from 0."""
        who = number * STRIDE % len(self.people)
        if who == 0 and number > self.events // AWAY_SINCE:
            who = 1
        kind, own = _said(number, who)
        message_id = f"lived-{number}"
        body = {
            "type": kind,
            "messageId": message_id,
            "userId": self.people[who],
            "anonymousId": f"anonymous-{who}",
            **own,
            "context": {"library": {"name": "analytics.js", "version": "2.11.1"}, "locale": "de-DE"},
        }
        return Record(
            source=self.sources[number // 2 % len(self.sources) if number % 2 else 0],
            message_id=message_id,
            type=kind,
            body=ENCODER.encode(body),
            received_at_ms=self.now_ms - DAYS_MS + DAYS_MS * number // self.events,
            user_id=self.people[who],
            anonymous_id=f"anonymous-{who}",
        )


def lay(
    folder: Path, *, people: Sequence[str], sources: Sequence[str], events: int, say: Callable[[str], None]
) -> Past:
    """Append so many events to the log in `folder`; return what they are."""
    past = Past(people=people, sources=sources, events=events, now_ms=epoch_ms(SystemClock().now()))
    asyncio.run(_append(folder, past, say))
    return past


async def _append(folder: Path, past: Past, say: Callable[[str], None]) -> None:
    writer = SqliteLogWriter(folder, clock=SystemClock(), limits=LogLimits())
    try:
        for first in range(0, past.events, APPENDED_AT_ONCE):
            last = min(past.events, first + APPENDED_AT_ONCE)
            await writer.append([past.record(number) for number in range(first, last)])
            if last % SAID_EVERY == 0:
                say(f"{last:,} of {past.events:,} events are in the log")
    finally:
        await writer.close()


def _said(number: int, who: int) -> tuple[str, dict[str, object]]:
    """Return a type, and what an event of that type says."""
    match number % 10:
        case 0:
            return "identify", {"traits": {"email": f"person-{who}@example.org", "plan": "free"}}
        case 1 | 2:
            return "page", {"name": "Shop", "properties": {"path": f"/shop/{number % 997}", "title": "A shop"}}
        case _:
            properties = {"sku": f"HW-{number % 4_999}", "price": 9.95 + number % 50, "currency": "EUR", "quantity": 2}
            return "track", {"event": NAMES[number % len(NAMES)], "properties": properties}
