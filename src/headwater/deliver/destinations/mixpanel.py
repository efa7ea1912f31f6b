"""Mixpanel: events through its import, people and groups through its profiles; one person's ids are linked."""

import base64
import hashlib
import re
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from headwater.core.outcomes import Delivered, Outcome, Rejected
from headwater.deliver import answers, lookup, placeholders
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
    Reading,
    Settings,
    read_by_general_rule,
)
from headwater.deliver.vendors import mixpanel_records
from headwater.net.outbound import Request, Response

DOCS = "https://docs.mixpanel.com/reference"
HOSTS = {"us": "https://api.mixpanel.com", "eu": "https://api-eu.mixpanel.com", "in": "https://api-in.mixpanel.com"}
APP_HOSTS = {"us": "https://mixpanel.com", "eu": "https://eu.mixpanel.com", "in": "https://in.mixpanel.com"}
JSON = ("Content-Type", "application/json")
EVENTS_BATCH = Batch(items=1_000, bytes=2_000_000, seconds=1)  # of 2,000 and 10 MB
PROFILES_BATCH = Batch(items=1_000, bytes=2_000_000, seconds=1)  # of 2,000
GROUPS_BATCH = Batch(items=200, bytes=2_000_000, seconds=1)
BAD_REQUEST = 400
PAST_PROPERTIES = 255
INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
INSERT_ID_CHARS = 36
IDS = ("distinct_id", "$user_id", "$device_id")
# What else Mixpanel takes for a mistake.
NOBODY = frozenset({"anon", "<nil>", "true", "false", "[]"})

_encoder = msgspec.json.Encoder()


def refuse_event(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what Mixpanel's validation refuses, and ids that would make one person of many."""
    properties = lookup.mapping(payload, "properties")
    if not lookup.text(payload, "event"):
        return "Mixpanel needs an event name (`event`)."
    if not isinstance(lookup.at(properties, "time"), int):
        return "Mixpanel needs a time in milliseconds (`properties.time`)."
    for key in IDS:
        value = lookup.text(properties, key)
        if value and placeholders.is_nobody(value.removeprefix("$device:"), also=NOBODY):
            return f"Mixpanel takes {value!r} as nobody's `{key}`."
    if not any(lookup.text(properties, key) for key in IDS):
        return "Mixpanel needs a userId or an anonymousId (`distinct_id`)."
    if len(properties) >= PAST_PROPERTIES:
        return f"Mixpanel takes fewer than {PAST_PROPERTIES} properties; this event has {len(properties)}."
    return None


def refuse_profile(payload: Payload, _settings: Settings) -> str | None:
    """Refuse a change of nobody's profile."""
    value = lookup.text(payload, "$distinct_id")
    if not value:
        return "Mixpanel needs a userId or an anonymousId (`$distinct_id`)."
    is_nobody = placeholders.is_nobody(value.removeprefix("$device:"), also=NOBODY)
    return f"Mixpanel takes {value!r} as nobody's id." if is_nobody else None


def refuse_group(payload: Payload, _settings: Settings) -> str | None:
    """Refuse a change of no group's profile."""
    has_both = lookup.text(payload, "$group_key") and lookup.text(payload, "$group_id")
    return None if has_both else "Mixpanel needs a group's key and id (`$group_key`, `$group_id`)."


def import_events(items: Sequence[Item], settings: Settings) -> Request:
    """Return the strict import of `items`. The project's token is its user name."""
    token = base64.b64encode(f"{settings['project_token']}:".encode()).decode()
    return Request(
        method="POST",
        url=f"{HOSTS[settings['region']]}/import?strict=1",
        headers=(JSON, ("Authorization", f"Basic {token}")),
        body=_encoder.encode([_with_insert_id(item) for item in items]),
    )


def _with_insert_id(item: Item) -> Payload:
    properties = item.payload.get("properties") or {}
    return {**item.payload, "properties": {"$insert_id": insert_id(item), **properties}}


def insert_id(item: Item) -> str:
    """Return the message id where Mixpanel takes it, else as much of its hash as Mixpanel takes."""
    plain = f"{item.message_id}-{item.number}" if item.number else item.message_id
    if INSERT_ID.fullmatch(plain) and not placeholders.is_nobody(plain, also=NOBODY):
        return plain
    return hashlib.sha256(plain.encode()).hexdigest()[:INSERT_ID_CHARS]


def update_profiles(items: Sequence[Item], settings: Settings) -> Request:
    return _update("engage", items, settings)


def update_groups(items: Sequence[Item], settings: Settings) -> Request:
    return _update("groups", items, settings)


def _update(what: str, items: Sequence[Item], settings: Settings) -> Request:
    """Return the changes of profiles. `ip=0`: where our server stands says nothing about the person."""
    changes = [{"$token": settings["project_token"], **item.payload} for item in items]
    query = urlencode({"strict": 1, "verbose": 1, "ip": 0})
    url = f"{HOSTS[settings['region']]}/{what}?{query}"
    return Request(method="POST", url=url, headers=(JSON,), body=_encoder.encode(changes))


def read(response: Response, items: Sequence[Item]) -> Reading:
    """Read an answer: of a 400 those named are rejected, and all others have been taken."""
    failed = answers.json_object(response).get("failed_records")
    if response.status != BAD_REQUEST or not isinstance(failed, list):
        return read_by_general_rule(response)
    found: dict[int, Outcome] = {}
    for one in failed:
        field, message = lookup.text(one, "field") or "", lookup.text(one, "message") or ""
        reason = Rejected(f"Mixpanel refused {answers.words(field)}: {answers.words(message)}", BAD_REQUEST)
        found |= dict.fromkeys(answers.indices([lookup.at(one, "index")]), reason)
    if not any(position in found for position in range(len(items))):
        return read_by_general_rule(response)
    return [found.get(position, Delivered(BAD_REQUEST)) for position in range(len(items))]


def read_profiles(response: Response, items: Sequence[Item]) -> Reading:
    """Read an answer about profiles: Mixpanel says 200 also to what it refuses, and why in the body."""
    found = read(response, items)
    said = answers.json_value(response)
    error = lookup.text(said, "error") if isinstance(said, dict) else None
    is_refused = said == 0 or error or (isinstance(said, dict) and said.get("status") in (0, "error"))
    if isinstance(found, Delivered) and is_refused:
        return Rejected(f"Mixpanel refused the profile: {answers.words(error)}", response.status)
    return found


def delete_people(people: Sequence[str], settings: Settings) -> Request:
    """Return the request to delete people, which takes Mixpanel some weeks."""
    if not settings.get("gdpr_token"):
        raise BadDestinationSettingsError("Mixpanel deletes people only with a GDPR token: set `gdpr_token`.")
    query = urlencode({"token": settings["project_token"]})
    body = {"distinct_ids": list(people), "compliance_type": settings["compliance_type"]}
    return Request(
        method="POST",
        url=f"{APP_HOSTS[settings['region']]}/api/app/data-deletions/v3.0/?{query}",
        headers=(JSON, ("Authorization", f"Bearer {settings['gdpr_token']}")),
        body=_encoder.encode(body),
    )


KIND = Kind(
    name="mixpanel",
    title="Mixpanel",
    summary="Sends events, people and groups to a Mixpanel project.",
    category="analytics",
    docs=f"{DOCS}/import-events",
    dedupe="$insert_id",
    fields=(
        Field(
            name="project_token",
            label="Project token",
            help="The token of the project, from its settings in Mixpanel.",
            required=True,
            secret=True,
        ),
        Field(
            name="region",
            label="Region",
            help="Where the project lives.",
            type="choice",
            choices=("us", "eu", "in"),
            default="us",
        ),
        Field(
            name="id_merge",
            label="Identity merge",
            help="How the project merges identities: it is in the project's settings in Mixpanel.",
            type="choice",
            choices=("simplified", "original"),
            default="simplified",
        ),
        Field(name="group_key", label="Group key", help="The group key that the project knows.", default="$group_id"),
        Field(
            name="product_events",
            label="Events of products",
            help="Whether a completed order also sends Product Purchased for each of its products.",
            type="boolean",
            default=False,
        ),
        Field(
            name="gdpr_token",
            label="GDPR token",
            help="An OAuth token from your profile's Data & Privacy page in Mixpanel: only to delete people.",
            secret=True,
        ),
        Field(
            name="compliance_type",
            label="Deletion law",
            help="The law that deletions are asked for by.",
            type="choice",
            choices=("GDPR", "CCPA"),
            default="GDPR",
        ),
    ),
    payloads=mixpanel_records.payloads,
    actions=(
        Action(
            name="import_event",
            title="Import an event",
            request=import_events,
            read=read,
            batch=lambda _settings: EVENTS_BATCH,
            refusal=refuse_event,
        ),
        Action(
            name="update_profile",
            title="Update a person's profile",
            request=update_profiles,
            read=read_profiles,
            batch=lambda _settings: PROFILES_BATCH,
            refusal=refuse_profile,
        ),
        Action(
            name="update_group",
            title="Update a group's profile",
            request=update_groups,
            read=read_profiles,
            batch=lambda _settings: GROUPS_BATCH,
            refusal=refuse_group,
        ),
    ),
    deletion=Deletion(request=delete_people, people=1_999, needs="a GDPR token (`gdpr_token`), which lasts a year"),
    limits=(
        Limit(text="an import has at most 2,000 events and 10 MB", source=f"{DOCS}/import-events"),
        Limit(text="an event has fewer than 255 properties and 1 MB", source=f"{DOCS}/import-events"),
        Limit(text="2 GB a minute or some 30,000 events a second", source=f"{DOCS}/import-events"),
        Limit(text="2,000 profiles in a request", source=f"{DOCS}/user-profile-limits"),
        Limit(text="200 groups in a request", source=f"{DOCS}/limits-1"),
        Limit(text="2,000 people in a deletion", source=f"{DOCS}/gdpr-api"),
    ),
)
