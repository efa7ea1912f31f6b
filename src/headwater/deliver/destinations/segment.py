"""Segment, US or EU, or whatever takes its tracking API, such as another Headwater: events go on as they came."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.outcomes import Filtered
from headwater.deliver import hops, tracking_call
from headwater.deliver.destination import (
    Action,
    BadDestinationSettingsError,
    Batch,
    Deletion,
    Field,
    Item,
    Kind,
    Limit,
    Payload,
    Settings,
)
from headwater.net.outbound import Request

DOCS = "https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/"
HOSTS = {"us": "https://api.segment.io", "eu": "https://events.eu1.segmentapis.com"}
PATH = "/v1/batch"
MAX_EVENT_BYTES = 32 * 1024
# Of Segment's 500 KB: our marks and the envelope need some.
BATCH = Batch(items=500, bytes=450_000)
DELETION_HOSTS = {"us": "https://api.segmentapis.com", "eu": "https://eu1.api.segmentapis.com"}
NO_DELETION = "People are deleted at Segment itself, with a Public API token of the workspace in `public_api_token`."
DELETION_DOCS = "https://segment.com/docs/privacy/user-deletion-and-suppression/"
# Set by whoever receives. Without `sentAt` there is no clock to correct: `timestamp` is what it was corrected to here.
STAMPS = frozenset({"originalTimestamp", "receivedAt", "sentAt", "projectId", "version", "writeKey"})

_encoder = msgspec.json.Encoder()


def payloads(event: dict[str, Any], _settings: Settings) -> list[Payload]:
    """Return the event without the stamps of its first receipt; its ids, time, context and consent as they are."""
    payload = {name: value for name, value in event.items() if name not in STAMPS}
    context = event.get("context")
    if isinstance(context, dict) and "direct" in context:
        # It says that the sender's address is the person's, and the sender is now us.
        payload["context"] = {name: value for name, value in context.items() if name != "direct"}
    return [payload]


def refusal(payload: Payload, settings: Settings) -> str | Filtered | None:
    """Refuse what Segment answers 200 to and drops, under its own name for that; and what was there already."""
    if hops.has_gone(payload, _way(settings)):
        return Filtered(f"{hops.LOOP}: it has been sent there before, and came back.")
    wrong = tracking_call.complaint(payload)
    if wrong is not None:
        return wrong
    size = len(_encoder.encode(hops.marked(payload, _way(settings))))
    if size > MAX_EVENT_BYTES:
        return f"bad_request: the event has {size} bytes; Segment takes {MAX_EVENT_BYTES}."
    return None


def request(items: Sequence[Item], settings: Settings) -> Request:
    """Return one batch. Each event bears its message id, and the mark of the way it takes."""
    events = [{**hops.marked(item.payload, _way(settings)), "messageId": _message_id(item)} for item in items]
    key = b64encode(f"{settings['write_key']}:".encode()).decode()
    return Request(
        method="POST",
        url=_url(settings),
        headers=(("Content-Type", "application/json"), ("Authorization", f"Basic {key}")),
        body=_encoder.encode({"batch": events}),
    )


def _message_id(item: Item) -> str:
    """Return an id of its own for each of several payloads of one event: the copies would be dropped as doubles."""
    own = str(item.payload.get("messageId") or item.message_id)
    return f"{own}:{item.number}" if item.number and own == item.message_id else own


def deletion(people: Sequence[str], settings: Settings) -> Request:
    """Return the regulation that has people deleted, and what still comes of them dropped, in the whole workspace."""
    if settings.get("url") or not settings.get("public_api_token"):
        raise BadDestinationSettingsError(NO_DELETION, field="public_api_token")
    regulation = {"regulationType": "SUPPRESS_WITH_DELETE", "subjectType": "USER_ID", "subjectIds": list(people)}
    return Request(
        method="POST",
        url=f"{DELETION_HOSTS[settings['region']]}/regulations",
        headers=(
            ("Content-Type", "application/vnd.segment.v1+json"),
            ("Authorization", f"Bearer {settings['public_api_token']}"),
        ),
        body=_encoder.encode(regulation),
    )


def _url(settings: Settings) -> str:
    base = str(settings.get("url") or HOSTS[settings["region"]]).rstrip("/")
    return f"{base.removesuffix('/v1')}{PATH}"


def _way(settings: Settings) -> str:
    return hops.mark(_url(settings), settings["write_key"])


KIND = Kind(
    name="segment",
    title="Segment",
    summary="Sends events on to Segment, or to another Headwater, with their ids and times; a circle ends by itself.",
    category="developers",
    docs=DOCS,
    dedupe="messageId",
    fields=(
        Field(
            name="write_key",
            label="Write key",
            help="The write key of the source there.",
            required=True,
            secret=True,
        ),
        Field(
            name="region",
            label="Region",
            help="Where the workspace is. The other region answers 200, too, and keeps nothing.",
            type="choice",
            choices=("us", "eu"),
            default="us",
        ),
        Field(
            name="url",
            label="Other endpoint",
            help="What takes Segment's tracking API, such as https://headwater.example.com, instead of a region.",
            type="url",
        ),
        Field(
            name="public_api_token",
            label="Public API token",
            help="Of the workspace, for deleting people there; events need none.",
            secret=True,
        ),
    ),
    payloads=payloads,
    actions=(
        Action(name="send", title="Send events", request=request, batch=lambda _settings: BATCH, refusal=refusal),
    ),
    deletion=Deletion(request=deletion, people=5_000, needs="a Public API token of the workspace"),
    limits=(
        Limit(text="500 KB a batch; more is answered 400", source=DOCS),
        Limit(text="32 KB an event", source=DOCS),
        Limit(
            text="2,500 events a batch; those beyond are dropped",
            source=DOCS,
        ),
        Limit(text="1,000 requests a second a workspace; more may be answered 429 with Retry-After", source=DOCS),
        Limit(text="5,000 people a deletion, 110,000 a month", source=DELETION_DOCS),
    ),
)
