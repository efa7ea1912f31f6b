"""/api/events: the newest events, and a tail of them as server-sent events. Nothing of an event is logged."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.params import FromQuery, HeaderParameter
from litestar.response import Stream

from headwater.api import shapes
from headwater.api.places import LARGEST, Amount, AnyAmount, Place
from headwater.api.slugs import Slugs
from headwater.core.clock import Clock
from headwater.core.event import Stored
from headwater.live.newest import MAX_SCANNED, MAX_SEARCHED, Searcher, newest
from headwater.live.tail import Missed, Quiet, Sight, Tail
from headwater.live.wish import Wish, name_of
from headwater.store.database import Database
from headwater.web import access
from headwater.web.access import needs

DEFAULT_LIMIT = 20
MAX_LIMIT = 1_000
# The HTTP server keeps what a client doesn't take, without bound and without telling us. So a stream ends after so
# much, with a word where to go on: who reads asks again at once, who doesn't read holds no more than this.
MAX_STREAM_BYTES = 4 * 1024 * 1024
STILL_HERE = b": still here\n\n"
STREAM_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


# A piece of the stream, with the offset of the event it shows, if it shows one.
Message = tuple[int | None, bytes]


def routes(
    *, database: Database, reader: Searcher, tail: Tail, clock: Clock, max_stream_bytes: int = MAX_STREAM_BYTES
) -> Router:
    @get("/events", guards=[needs("deliveries.read")])
    async def latest(
        *,
        source: FromQuery[str | None] = None,
        type: FromQuery[str | None] = None,  # noqa: A002  the query's word
        name: FromQuery[str | None] = None,
        user: FromQuery[str | None] = None,
        text: FromQuery[str | None] = None,
        before: Place = None,
        scan: Amount = MAX_SCANNED,
        limit: Amount = DEFAULT_LIMIT,
    ) -> Response[bytes]:
        """`before` goes on below that offset; `scan` records are looked at, at most: far back goes who names a user."""
        wish = Wish(type=type, name=name, user=user, text=text)
        slugs = Slugs(database)
        source_id = await slugs.id_of(source) if source else None
        found = await newest(
            reader,
            limit=min(limit, MAX_LIMIT),
            source_id=source_id,
            before=before,
            most=min(scan, MAX_SEARCHED),
            is_wanted=wish.fits,
            marks=wish.marks,
        )
        answer = {
            "events": [_shown(stored, await slugs.of(stored.record.source)) for stored in found.events],
            "head": found.head,
            "scanned": found.scanned,
            "is_cut": found.is_cut,
            "next": found.next,
        }
        return Response(msgspec.json.encode(answer), media_type="application/json")

    @get("/events/tail", guards=[needs("deliveries.read")])
    async def follow(
        request: Request[Any, Any, Any],
        *,
        source: FromQuery[str | None] = None,
        type: FromQuery[str | None] = None,  # noqa: A002  the query's word
        name: FromQuery[str | None] = None,
        user: FromQuery[str | None] = None,
        text: FromQuery[str | None] = None,
        last: AnyAmount = 0,
        after: Place = None,
        last_event_id: Annotated[int | None, HeaderParameter(name="last-event-id", ge=0, le=LARGEST)] = None,
    ) -> Stream:
        """`after` (or Last-Event-ID, as a browser sends it) goes on behind that offset; `last` is then for nothing."""
        slugs, wish = Slugs(database), Wish(type=type, name=name, user=user, text=text)
        source_id = await slugs.id_of(source) if source else None
        # The head first: what comes while we look for the last ones is then the tail's.
        head = await reader.head()
        start = after if after is not None else last_event_id
        wanted = min(last, MAX_LIMIT) if start is None else 0
        before = await _newest(reader, limit=wanted, source_id=source_id, wish=wish) if wanted else []
        before = [stored for stored in before if stored.offset <= head]
        begin = head if start is None else min(start, head)
        sights = tail.follow(after=begin, source_id=source_id, who=access.key_of(request))
        await anext(sights)  # refused here, if at all: a stream that has begun can't say 429
        messages = _messages(before[::-1], sights, slugs, wish)
        is_welcome = access.still_welcome(request, clock=clock)
        pieces = _stream(messages, max_bytes=max_stream_bytes, is_welcome=is_welcome)
        return Stream(pieces, media_type="text/event-stream", headers=STREAM_HEADERS)

    return Router("/api", route_handlers=[latest, follow])


async def _newest(reader: Searcher, *, limit: int, source_id: str | None, wish: Wish) -> list[Stored]:
    found = await newest(reader, limit=limit, source_id=source_id, is_wanted=wish.fits, marks=wish.marks)
    return found.events


async def _stream(
    messages: AsyncGenerator[Message, None], *, max_bytes: int, is_welcome: Callable[[], Awaitable[bool]]
) -> AsyncIterator[bytes]:
    """Yield the stream, up to the event that fills it, or until the key that began it is worth nothing any more."""
    sent_bytes = 0
    yield STILL_HERE
    async with aclosing(messages):
        async for offset, message in messages:
            if not await is_welcome():
                return
            yield message
            sent_bytes += len(message)
            if offset is not None and sent_bytes >= max_bytes:
                yield b'event: more\ndata: {"after":%d}\n\n' % offset
                return


async def _messages(
    before: list[Stored], sights: AsyncGenerator[Sight, None], slugs: Slugs, wish: Wish
) -> AsyncGenerator[Message, None]:
    async with aclosing(sights):
        for stored in before:
            yield stored.offset, await _message(stored, slugs)
        before.clear()
        async for sight in sights:
            match sight:
                case Stored():
                    if wish.fits(sight.record):
                        yield sight.offset, await _message(sight, slugs)
                case Missed(count):
                    yield None, b'event: missed\ndata: {"missed":%d}\n\n' % count
                case Quiet():
                    yield None, STILL_HERE


async def _message(stored: Stored, slugs: Slugs) -> bytes:
    shown = msgspec.json.encode(_shown(stored, await slugs.of(stored.record.source)))
    return b"id: %d\ndata: %b\n\n" % (stored.offset, shown)


def _shown(stored: Stored, slug: str) -> dict[str, Any]:
    record = stored.record
    return {
        "offset": stored.offset,
        "message_id": record.message_id,
        "source": slug,
        "type": record.type,
        "name": name_of(record),
        "user_id": record.user_id,
        "anonymous_id": record.anonymous_id,
        "received_at": shapes.at(record.received_at_ms),
        "via": record.via,
        "event": shapes.event_body(record.body),
    }
