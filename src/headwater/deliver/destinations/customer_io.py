"""Customer.io: people, what they do, objects they belong to, through the Track API's batches (v2)."""

from base64 import b64encode
from collections.abc import Sequence

import msgspec

from headwater.core.outcomes import Delivered, Outcome, Rejected, RetryLater
from headwater.deliver import answers
from headwater.deliver.destination import (
    Action,
    Batch,
    Deletion,
    Field,
    Item,
    Kind,
    Limit,
    Payload,
    Reading,
    Settings,
    SmallerBatch,
    read_by_general_rule,
)
from headwater.deliver.vendors import customer_io_entities
from headwater.net.outbound import Request, Response

DOCS = "https://docs.customer.io/integrations/api/track/"
INVALID = "https://docs.customer.io/journeys/invalid-api-requests"
HOSTS = {"us": "https://track.customer.io", "eu": "https://track-eu.customer.io"}
SOME_FAILED = 207
MAX_ENTITY_BYTES = 32_000
# Of 500 KB; the rest is for what is around the entities.
MAX_BATCH_BYTES = 490_000
MAX_BATCH = 1_000
MAX_DELETIONS = 100
MAX_ATTRIBUTES = 300

_encoder = msgspec.json.Encoder()


def refusal(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what is over the limits of one entity, and what is none."""
    if "type" not in payload or "action" not in payload:
        return "Customer.io needs a `type` (person, object, delivery) and an `action` (identify, event, ...)."
    if len(_encoder.encode(payload)) > MAX_ENTITY_BYTES:
        return f"Customer.io takes at most {MAX_ENTITY_BYTES} bytes of a person, an object or an event."
    attributes = payload.get("attributes")
    if payload["action"] == "identify" and isinstance(attributes, dict) and len(attributes) > MAX_ATTRIBUTES:
        return f"Customer.io takes at most {MAX_ATTRIBUTES} attributes in an identify."
    return None


def request(items: Sequence[Item], settings: Settings) -> Request:
    """Return one batch; people and objects may be mixed."""
    return _batch([item.payload for item in items], settings)


def read(response: Response, items: Sequence[Item]) -> Reading:
    """Read which entities of a batch were refused: all others were taken."""
    if response.status != SOME_FAILED:
        return read_by_general_rule(response)
    refused = _refused(response)
    if not refused or not refused.keys() <= set(range(len(items))):
        return SmallerBatch("Customer.io refused some of a batch and did not say which.", SOME_FAILED)
    return [
        Rejected(refused[place], SOME_FAILED) if place in refused else Delivered(SOME_FAILED)
        for place in range(len(items))
    ]


def _refused(response: Response) -> dict[int, str]:
    errors = answers.json_object(response).get("errors")
    found = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return {
        place: " ".join(answers.words(error.get(part)) for part in ("reason", "field", "message") if error.get(part))
        for error in found
        for place in answers.indices([error.get("batch_index", -1)])
    }


def forget(people: Sequence[str], settings: Settings) -> Request:
    """Return the batch that deletes people. They come back with their next event, unless they are suppressed too."""
    named = [customer_io_entities.identifiers(person) for person in people]
    return _batch([{"type": "person", "action": "delete", "identifiers": one} for one in named], settings)


def read_forgotten(response: Response) -> Outcome:
    """Read a deletion: some that failed are asked for again, those that are gone are gone."""
    if response.status != SOME_FAILED:
        return read_by_general_rule(response)
    return RetryLater(f"Customer.io deleted not all: {'; '.join(_refused(response).values())}", SOME_FAILED)


def _batch(entities: Sequence[Payload], settings: Settings) -> Request:
    keys = b64encode(f"{settings['site_id']}:{settings['api_key']}".encode()).decode()
    return Request(
        method="POST",
        url=f"{HOSTS[settings['region']]}/api/v2/batch",
        headers=(("Authorization", f"Basic {keys}"), ("Content-Type", "application/json")),
        body=_encoder.encode({"batch": entities}),
    )


KIND = Kind(
    name="customer-io",
    title="Customer.io",
    summary="Keeps people, their events and their companies in a Customer.io workspace.",
    category="marketing",
    docs=DOCS,
    fields=(
        Field(name="site_id", label="Site ID", help="Of the Track API key: Settings, API Credentials.", required=True),
        Field(
            name="api_key",
            label="API key",
            help="The Track API key (not an App API key): Settings, API Credentials.",
            required=True,
            secret=True,
        ),
        Field(
            name="region",
            label="Region",
            help="Where the workspace is. A US key fails in the EU; EU data sent to the US passes through there.",
            type="choice",
            choices=("us", "eu"),
            default="us",
        ),
        Field(
            name="convert_dates",
            label="Dates as seconds",
            help="Whether ISO dates in traits and properties become unix seconds: segments compare no other dates.",
            type="boolean",
            default=True,
        ),
        Field(
            name="object_type_id",
            label="Object type of groups",
            help="Which type of object a group is, unless its trait `objectTypeId` says so.",
            default="1",
        ),
    ),
    payloads=customer_io_entities.of,
    actions=(
        Action(
            name="send",
            title="Send entities",
            request=request,
            read=read,
            batch=lambda _settings: Batch(items=MAX_BATCH, bytes=MAX_BATCH_BYTES),
            refusal=refusal,
        ),
    ),
    dedupe="id of an event: the ULID that its messageId is, or becomes",
    deletion=Deletion(request=forget, read=read_forgotten, people=MAX_DELETIONS),
    limits=(
        Limit(text="500 KB a batch, 32 KB an entity", source=DOCS),
        Limit(text="207 names those of a batch that were refused; all others are taken", source=DOCS),
        Limit(text="300 attributes an identify", source=INVALID),
        Limit(text="100 requests a second, fair use", source=DOCS),
    ),
    requests_per_second=100.0,
)
