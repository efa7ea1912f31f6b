"""Amplitude: events through HTTP V2 and its batch upload, people and groups as `$identify` and `$groupidentify`."""

import base64
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from headwater.deliver import lookup, placeholders
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
from headwater.deliver.vendors import amplitude_answers, amplitude_events
from headwater.net.outbound import Request

DOCS = "https://amplitude.com/docs/apis/analytics"
HOSTS = {"us": "https://api2.amplitude.com", "eu": "https://api.eu.amplitude.com"}
MAPPING_HOSTS = {"us": "https://api.amplitude.com", "eu": "https://api.eu.amplitude.com"}
PRIVACY_HOSTS = {"us": "https://amplitude.com", "eu": "https://analytics.eu.amplitude.com"}
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
EVENTS_BATCH = Batch(items=1_000, bytes=5_000_000, seconds=1)  # of 2,000 and 20 MB
MAPPINGS_BATCH = Batch(items=1_000, bytes=500_000, seconds=1)  # of 2,000 and 1 MB
MAX_CHARS = 1_024

_encoder = msgspec.json.Encoder()


def refuse_event(payload: Payload, settings: Settings) -> str | None:
    """Refuse what Amplitude would answer 400 to, and what it would take without its user."""
    if not lookup.text(payload, "event_type"):
        return "Amplitude needs an event name (`event_type`)."
    ids = {key: str(payload[key]) for key in ("user_id", "device_id") if payload.get(key) is not None}
    if not ids:
        return "Amplitude needs a userId or an anonymousId (`user_id`, `device_id`)."
    least = int(settings["min_id_length"])
    for key, value in ids.items():
        if placeholders.is_nobody(value) or len(value) > MAX_CHARS:
            return f"Amplitude takes {value[:50]!r} as nobody's `{key}`."
        if len(value) < least:
            return (
                f"`{key}` {value!r} is shorter than the {least} characters that the setting `min_id_length` asks for."
            )
    return None


def refuse_mapping(payload: Payload, _settings: Settings) -> str | None:
    """Refuse a mapping without both of its ends."""
    if lookup.text(payload, "user_id") and lookup.text(payload, "global_user_id"):
        return None
    return "an alias needs previousId and userId (`user_id`, `global_user_id`)."


def log_events(items: Sequence[Item], settings: Settings) -> Request:
    """Return the upload of `items`: a single one is in the charts at once, a batch may take minutes."""
    path = "/2/httpapi" if len(items) == 1 else "/batch"
    body = {
        "api_key": settings["api_key"],
        "events": [{"insert_id": _insert_id(item), **item.payload} for item in items],
        "options": {"min_id_length": int(settings["min_id_length"])},
    }
    return Request(method="POST", url=f"{HOSTS[settings['region']]}{path}", headers=(JSON,), body=_encoder.encode(body))


def _insert_id(item: Item) -> str:
    return f"{item.message_id}-{item.number}" if item.number else item.message_id


def map_users(items: Sequence[Item], settings: Settings) -> Request:
    """Return the request that maps users to their global ids."""
    mapping = _encoder.encode([item.payload for item in items])
    body = urlencode({"api_key": settings["api_key"], "mapping": mapping.decode()}).encode()
    url = f"{MAPPING_HOSTS[settings['region']]}/usermap"
    return Request(method="POST", url=url, headers=(FORM,), body=body)


def delete_people(people: Sequence[str], settings: Settings) -> Request:
    """Return the request to delete people. Those that Amplitude doesn't know are no obstacle."""
    if not settings.get("secret_key"):
        raise BadDestinationSettingsError("Amplitude deletes people only with its secret key: set `secret_key`.")
    token = base64.b64encode(f"{settings['api_key']}:{settings['secret_key']}".encode()).decode()
    body = {"user_ids": list(people), "requester": "headwater", "ignore_invalid_id": "true"}
    return Request(
        method="POST",
        url=f"{PRIVACY_HOSTS[settings['region']]}/api/2/deletions/users",
        headers=(JSON, ("Authorization", f"Basic {token}")),
        body=_encoder.encode(body),
    )


KIND = Kind(
    name="amplitude",
    title="Amplitude",
    summary="Sends events, people and groups to an Amplitude project.",
    category="analytics",
    docs=f"{DOCS}/http-v2",
    dedupe="insert_id",
    requests_per_second=100,
    fields=(
        Field(
            name="api_key",
            label="API key",
            help="The API key of the project, from its settings in Amplitude.",
            required=True,
            secret=True,
        ),
        Field(
            name="secret_key",
            label="Secret key",
            help="The secret key of the project: only to delete people.",
            secret=True,
        ),
        Field(
            name="region",
            label="Region",
            help="Where the project lives.",
            type="choice",
            choices=("us", "eu"),
            default="us",
        ),
        Field(
            name="group_type",
            label="Group type",
            help="What groups are called in Amplitude's charts.",
            default="company",
        ),
        Field(
            name="min_id_length",
            label="Shortest id",
            help="How short ids of users and devices may be; Amplitude's own rule is 5.",
            type="number",
            default=5,
            least=1,
            most=100,
        ),
        Field(
            name="revenue_per_product",
            label="Revenue per product",
            help="Whether a completed order counts as one sale for each product, rather than by its revenue.",
            type="boolean",
            default=False,
        ),
    ),
    payloads=amplitude_events.payloads,
    actions=(
        Action(
            name="log_event",
            title="Log an event",
            request=log_events,
            read=amplitude_answers.read,
            batch=lambda _settings: EVENTS_BATCH,
            refusal=refuse_event,
        ),
        Action(
            name="map_user",
            title="Map a user to a global id",
            request=map_users,
            read=amplitude_answers.read,
            batch=lambda _settings: MAPPINGS_BATCH,
            refusal=refuse_mapping,
        ),
    ),
    deletion=Deletion(request=delete_people, people=100, needs="the project's secret key (`secret_key`)"),
    limits=(
        Limit(text="a batch has at most 2,000 events and 20 MB", source=f"{DOCS}/batch-event-upload"),
        Limit(text="on the Starter plan 100 uploads and 1,000 events a second", source=f"{DOCS}/http-v2"),
        Limit(text="an insert_id counts for 7 days", source=f"{DOCS}/http-v2"),
        Limit(text="1,000 events a second and 500,000 a day for one user", source=f"{DOCS}/batch-event-upload"),
        Limit(text="50 user mappings a second", source=f"{DOCS}/user-mapping"),
        Limit(text="100 people in a deletion, one deletion a second", source=f"{DOCS}/user-privacy"),
    ),
)
