"""Google Analytics 4, through its Measurement Protocol. It answers 204 to garbage: what it takes is checked here."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

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
from headwater.deliver.vendors import ga4_events, ga4_rules
from headwater.net.outbound import Request

DOCS = "https://developers.google.com/analytics/devguides/collection/protocol/ga4"
LIMITS = "https://support.google.com/analytics/answer/9267744"
DELETION_DOCS = (
    "https://developers.google.com/analytics/devguides/config/admin/v1/rest/v1alpha/properties/submitUserDeletion"
)
HOSTS = {"global": "https://www.google-analytics.com", "eu": "https://region1.google-analytics.com"}
ADMIN_HOST = "https://analyticsadmin.googleapis.com"
JSON = ("Content-Type", "application/json")
BATCH = Batch(items=25, bytes=100_000, seconds=1)  # of 130 kB
MAX_AGE_SECONDS = 72 * 3_600
EVENT_KEYS = ("name", "params", "timestamp_micros")

_encoder = msgspec.json.Encoder(order="sorted")


def refusal(payload: Payload, settings: Settings) -> str | None:
    """Refuse what Analytics would take without a word and drop, wholly or in part."""
    return ga4_rules.complaint(payload, is_app=ga4_events.is_app(settings))


def key(payload: Payload, _settings: Settings) -> bytes:
    """Return what must be the same of events that share a request: whose they are, and what is said of them."""
    return _encoder.encode(_about(payload))


def _about(payload: Payload) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in EVENT_KEYS}


def request(items: Sequence[Item], settings: Settings) -> Request:
    """Return the request for `items`, all of one person. Each event has its own time."""
    events = [{name: item.payload[name] for name in EVENT_KEYS if name in item.payload} for item in items]
    times = [event["timestamp_micros"] for event in events if "timestamp_micros" in event]
    body = {**_about(items[0].payload), **({"timestamp_micros": times[-1]} if times else {}), "events": events}
    stream = "firebase_app_id" if ga4_events.is_app(settings) else "measurement_id"
    query = urlencode({stream: settings["stream_id"], "api_secret": settings["api_secret"]})
    url = f"{HOSTS[settings['region']]}/mp/collect?{query}"
    return Request(method="POST", url=url, headers=(JSON,), body=_encoder.encode(body))


def delete_person(people: Sequence[str], settings: Settings) -> Request:
    """Return the request to delete one person, by their user id."""
    if not settings.get("access_token") or not settings.get("property_id"):
        raise BadDestinationSettingsError(
            "Google Analytics deletes people only with a Google access token: set `access_token` and `property_id`."
        )
    name = quote(settings["property_id"].removeprefix("properties/"), safe="")
    return Request(
        method="POST",
        url=f"{ADMIN_HOST}/v1alpha/properties/{name}:submitUserDeletion",
        headers=(JSON, ("Authorization", f"Bearer {settings['access_token']}")),
        body=_encoder.encode({"userId": people[0]}),
    )


def complaint(settings: Mapping[str, Any]) -> tuple[str, str] | None:
    """Say what is wrong with a stream's id: Analytics would take events for any."""
    stream = settings["stream_id"]
    if stream.startswith("G-") or stream.count(":") == 3:  # noqa: PLR2004  1:1234567890:android:321abc456def
        return None
    return "stream_id", (
        "The setting `stream_id` of google-analytics-4 must be a measurement ID such as G-A1B2C3D4E5, "
        "or a Firebase app ID such as 1:1234567890:android:321abc456def."
    )


KIND = Kind(
    name="google-analytics-4",
    title="Google Analytics 4",
    summary="Sends events to a web or app stream of a Google Analytics 4 property.",
    category="analytics",
    docs=f"{DOCS}/reference",
    max_age_seconds=MAX_AGE_SECONDS,
    types=frozenset({"identify", "track", "page", "screen", "group"}),
    fields=(
        Field(
            name="stream_id",
            label="Stream",
            help="The measurement ID of a web stream (G-...), or the Firebase app ID of an app's.",
            required=True,
        ),
        Field(
            name="api_secret",
            label="API secret",
            help="A Measurement Protocol API secret of the stream.",
            required=True,
            secret=True,
        ),
        Field(
            name="region",
            label="Region",
            help="Whether events are collected in the EU.",
            type="choice",
            choices=("global", "eu"),
            default="global",
        ),
        Field(name="currency", label="Currency", help="The currency of values that come without, such as EUR."),
        Field(
            name="send_ip",
            label="Send IP addresses",
            help="Whether Analytics is told the IP address, to know where somebody is.",
            type="boolean",
            default=False,
        ),
        Field(
            name="ad_user_data",
            label="Consent: ad user data",
            help="Whether people's data may be used for ads.",
            type="choice",
            choices=("GRANTED", "DENIED"),
        ),
        Field(
            name="ad_personalization",
            label="Consent: ad personalization",
            help="Whether ads may be personalised.",
            type="choice",
            choices=("GRANTED", "DENIED"),
        ),
        Field(name="property_id", label="Property ID", help="The number of the property: only to delete people."),
        Field(
            name="access_token",
            label="Access token",
            help="A Google OAuth access token with the scope analytics.edit: only to delete people.",
            secret=True,
        ),
    ),
    complaint=complaint,
    payloads=ga4_events.payloads,
    actions=(
        Action(
            name="collect",
            title="Collect an event",
            request=request,
            batch=lambda _settings: BATCH,
            key=key,
            refusal=refusal,
        ),
    ),
    deletion=Deletion(
        request=delete_person,
        needs="`property_id` and a Google OAuth access token (`access_token`), which Google lets live for an hour",
    ),
    limits=(
        Limit(text="2xx says only that a request came in, not that its events were taken", source=f"{DOCS}/reference"),
        Limit(text="25 events in a request, less than 130 kB", source=f"{DOCS}/reference"),
        Limit(text="25 parameters in an event, names of 40 characters, values of 100", source=LIMITS),
        Limit(text="25 user properties, names of 24 characters, values of 36", source=LIMITS),
        Limit(text="events of the last 72 hours", source=f"{DOCS}/sending-events"),
        Limit(text="one person in a deletion", source=DELETION_DOCS),
    ),
)
