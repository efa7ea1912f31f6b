"""HubSpot: contacts, companies and custom events, in batches of its CRM API."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.deliver import lookup, patience
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
from headwater.deliver.vendors import hubspot_answers, hubspot_records
from headwater.deliver.vendors.hubspot_records import COMPANIES, CONTACTS, EVENTS, MAX_EVENT_PROPERTIES, MAX_NAME_CHARS
from headwater.net.outbound import Request

DOCS = "https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/contacts/batch/upsert-contacts"
EVENT_DOCS = "https://developers.hubspot.com/docs/api-reference/legacy/events/send-event-data/batch-send-occurrences"
EVENT_LIMITS = "https://developers.hubspot.com/changelog/new-property-limits-for-the-custom-behavioural-events-api"
HOST = "https://api.hubapi.com"
MAX_BATCH = 100

_encoder = msgspec.json.Encoder()


def upsert(items: Sequence[Item], settings: Settings, *, records: str) -> Request:
    """Return one batch. What is about the same record goes as one, the later over the earlier."""
    inputs: dict[str, dict[str, Any]] = {}
    for item in items:
        earlier = inputs.get(item.payload["id"], {"properties": {}})
        properties = {**earlier["properties"], **item.payload["properties"]}
        inputs[item.payload["id"]] = {**item.payload, "properties": properties}
    for record, trace in hubspot_answers.traces_of(items).items():
        inputs[record]["objectWriteTraceId"] = trace
    request = _post(f"/crm/v3/objects/{records}/batch/upsert", {"inputs": list(inputs.values())}, settings)
    return msgspec.structs.replace(request, success=hubspot_answers.ALL_TAKEN)


def occur(items: Sequence[Item], settings: Settings) -> Request:
    """Return one batch of occurrences."""
    return _post("/events/v3/send/batch", {"inputs": [item.payload for item in items]}, settings)


def refuse_record(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what is no record: a batch with it would fail whole."""
    if not lookup.text(payload, "id") or not lookup.text(payload, "idProperty"):
        return "a record needs `id` and `idProperty`: which one it is."
    return None if isinstance(payload.get("properties"), dict) else "a record needs an object of `properties`."


def refuse_occurrence(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what is over the documented limits of an occurrence."""
    properties = payload.get("properties")
    if not lookup.text(payload, "eventName") or not isinstance(properties, dict):
        return "an event needs `eventName` and an object of `properties`."
    if len(properties) > MAX_EVENT_PROPERTIES:
        return f"HubSpot takes at most {MAX_EVENT_PROPERTIES} properties of an event."
    odd = [name for name in properties if len(name) > MAX_NAME_CHARS or not name[:1].isalpha()]
    return (
        f"HubSpot takes names of 1 to {MAX_NAME_CHARS} characters that begin with a letter: {odd[0]!r}."
        if odd
        else None
    )


def forget(people: Sequence[str], settings: Settings) -> Request:
    """Return the request that deletes a person for good, known by the property that holds our user ids."""
    known_by = settings.get("user_id_property") or "email"
    if known_by == "email" and "@" not in people[0]:
        # HubSpot would put it on the list of addresses that may never become contacts.
        raise BadDestinationSettingsError(
            f"HubSpot can't find {people[0]!r}: set `user_id_property` to the contact property that has our user ids.",
            field="user_id_property",
        )
    return _post("/crm/v3/objects/contacts/gdpr-delete", {"objectId": people[0], "idProperty": known_by}, settings)


def _post(path: str, body: dict[str, Any], settings: Settings) -> Request:
    return Request(
        method="POST",
        url=f"{HOST}{path}",
        headers=(("Authorization", f"Bearer {settings['access_token']}"), ("Content-Type", "application/json")),
        body=_encoder.encode(body),
    )


def batch(_settings: Settings) -> Batch:
    return Batch(items=MAX_BATCH)


KIND = Kind(
    name="hubspot",
    title="HubSpot",
    summary="Creates and updates contacts and companies, and records custom events.",
    category="marketing",
    docs=DOCS,
    types=frozenset({"identify", "group", "track"}),
    fields=(
        Field(
            name="access_token",
            label="Access token",
            help="Of a private app with the scopes crm.objects.contacts.write and, as used, crm.objects.companies.write"
            " and behavioral_events.event_definitions.read_write.",
            required=True,
            secret=True,
        ),
        Field(
            name="custom_properties",
            label="Custom properties",
            help="Traits, with commas between, that have a property of their own in HubSpot (trial_ends for"
            " `Trial ends`); * for every trait. HubSpot refuses a record for a property it doesn't have.",
            default="",
        ),
        Field(
            name="user_id_property",
            label="Property of the user id",
            help="A contact property with unique values that holds the userId; deletions need it.",
        ),
        Field(
            name="company_id_property",
            label="Property of the group id",
            help="A company property with unique values that holds the groupId. Without it no group call is sent.",
        ),
        Field(
            name="hub_id",
            label="Hub ID",
            help="The account's number. With it track calls become the custom event pe<Hub ID>_<name_in_snake_case>,"
            " which has to be defined in HubSpot (Enterprise); without it none is sent.",
        ),
    ),
    payloads=hubspot_records.of,
    actions=(
        Action(
            name=CONTACTS,
            title="Create or update contacts",
            request=lambda items, settings: upsert(items, settings, records=CONTACTS),
            read=hubspot_answers.read_upsert,
            batch=batch,
            key=lambda payload, _settings: payload.get("idProperty"),
            refusal=refuse_record,
        ),
        Action(
            name=COMPANIES,
            title="Create or update companies",
            request=lambda items, settings: upsert(items, settings, records=COMPANIES),
            read=hubspot_answers.read_upsert,
            batch=batch,
            key=lambda payload, _settings: payload.get("idProperty"),
            refusal=refuse_record,
        ),
        Action(
            name=EVENTS,
            title="Send custom events",
            request=occur,
            read=hubspot_answers.read,
            batch=batch,
            refusal=refuse_occurrence,
        ),
    ),
    deletion=Deletion(
        request=forget,
        read=hubspot_answers.read,
        needs="user ids in a unique contact property (`user_id_property`), unless they are e-mail addresses",
    ),
    limits=(
        Limit(text="100 records a batch", source=DOCS),
        Limit(text="50 properties an event, names of 50 characters", source=EVENT_LIMITS),
        Limit(text="100 requests in 10 s (more on higher plans)", source="https://developers.hubspot.com/apisbytier"),
        Limit(text="Occurrences are taken whole or not at all", source=EVENT_DOCS),
    ),
    requests_per_second=10.0,
    patience=patience.of("2d"),  # a daily limit that is used up is full again within one
)
