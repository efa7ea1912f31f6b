"""PostHog, in its cloud or one's own: everything through the batch endpoint, each event with a UUID of its own."""

import uuid
from collections.abc import Sequence

import msgspec

from headwater.core.outcomes import RetryLater
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
from headwater.deliver.vendors import posthog_events
from headwater.net.outbound import Request, Response

DOCS = "https://posthog.com/docs/api/capture"
PEOPLE_DOCS = "https://posthog.com/docs/privacy/data-deletion"
HOSTS = {"us": "https://us.i.posthog.com", "eu": "https://eu.i.posthog.com"}
APP_HOSTS = {"us": "https://us.posthog.com", "eu": "https://eu.posthog.com"}
JSON = ("Content-Type", "application/json")
BATCH = Batch(items=1_000, bytes=5_000_000, seconds=1)  # of 20 MB
MAX_ID_CHARS = 200
MAX_GROUP_CHARS = 400
# The same message id makes the same UUID wherever it is sent from: PostHog keeps one of them.
NAMESPACE = uuid.UUID("5f3b5a8e-6c1d-5e0f-9d53-1f0c8a6f7b21")
# PostHog merges nobody with these, and says nothing.
NOBODY = frozenset({"guest", "distinctid", "distinct_id", "id", "email", "not_authenticated", "true", "false"})
NOBODY |= {"nan", "[object object]"}
MERGES = {"$identify": ("distinct_id", "properties.$anon_distinct_id"), "$create_alias": ("distinct_id",)}
MERGES["$create_alias"] += ("properties.alias",)

_encoder = msgspec.json.Encoder()


def refusal(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what PostHog answers 200 to and drops, cuts or leaves unmerged."""
    name, person = lookup.text(payload, "event"), lookup.text(payload, "distinct_id")
    if not name:
        return "PostHog needs an event name (`event`)."
    if not person:
        return "PostHog needs a userId or an anonymousId (`distinct_id`)."
    if len(person) > MAX_ID_CHARS:
        return f"PostHog cuts ids after {MAX_ID_CHARS} characters; this one has {len(person)}."
    for path in MERGES.get(name, ()):
        value = lookup.text(payload, path)
        if value and placeholders.is_nobody(value, also=NOBODY):
            return f"PostHog merges nobody with {value!r} (`{path.removeprefix('properties.')}`)."
    for path in ("properties.$group_type", "properties.$group_key"):
        if len(lookup.text(payload, path) or "") > MAX_GROUP_CHARS:
            return f"PostHog takes at most {MAX_GROUP_CHARS} characters as `{path.removeprefix('properties.')}`."
    return None


def request(items: Sequence[Item], settings: Settings) -> Request:
    """Return the batch of `items`."""
    body = {"api_key": settings["project_api_key"], "batch": [_with_ids(item) for item in items]}
    url = f"{_host(settings, HOSTS)}/batch/"
    return Request(method="POST", url=url, headers=(JSON,), body=_encoder.encode(body))


def _with_ids(item: Item) -> Payload:
    properties = item.payload.get("properties") or {}
    return {
        "uuid": event_uuid(item),
        **item.payload,
        "properties": {"$insert_id": item.message_id, **properties},
    }


def event_uuid(item: Item) -> str:
    """Return the event's UUID: its message id where that is one, else one made of it."""
    try:
        if not item.number:
            return str(uuid.UUID(item.message_id))
    except ValueError:
        pass
    return str(uuid.uuid5(NAMESPACE, f"{item.message_id}-{item.number}" if item.number else item.message_id))


def _host(settings: Settings, hosts: dict[str, str]) -> str:
    own = settings.get("url")
    return own.rstrip("/") if own else hosts[settings["region"]]


def read(response: Response, _items: Sequence[Item]) -> Reading:
    """Read an answer: 200 is also what PostHog says when it drops events because a billing limit is reached."""
    limited = answers.json_object(response).get("quota_limited")
    if isinstance(limited, list) and "events" in limited:
        return RetryLater("PostHog drops events: its billing limit is reached.", response.status, is_down=True)
    return read_by_general_rule(response)


def delete_people(people: Sequence[str], settings: Settings) -> Request:
    """Return the request to delete people, their events and recordings."""
    if not settings.get("personal_api_key") or not settings.get("project_id"):
        raise BadDestinationSettingsError(
            "PostHog deletes people only with a personal API key: set `personal_api_key` and `project_id`."
        )
    body = {"distinct_ids": list(people), "delete_events": True, "delete_recordings": True}
    return Request(
        method="POST",
        url=f"{_host(settings, APP_HOSTS)}/api/projects/{settings['project_id']}/persons/bulk_delete/",
        headers=(JSON, ("Authorization", f"Bearer {settings['personal_api_key']}")),
        body=_encoder.encode(body),
    )


def complaint(settings: Settings) -> tuple[str, str] | None:
    """Say what is wrong with a project id that would not be a part of a path."""
    project = settings.get("project_id")
    if project is None or project.isdecimal():
        return None
    return "project_id", "The setting `project_id` of posthog must be a number: it is in the address of the project."


KIND = Kind(
    name="posthog",
    title="PostHog",
    summary="Sends events, people and groups to a PostHog project.",
    category="analytics",
    docs=DOCS,
    dedupe="uuid",
    fields=(
        Field(
            name="project_api_key",
            label="Project API key",
            help="The key of the project, which begins with phc_, from its settings in PostHog.",
            required=True,
            secret=True,
        ),
        Field(
            name="region",
            label="Region",
            help="Where the project lives in PostHog's cloud.",
            type="choice",
            choices=("us", "eu"),
            default="us",
        ),
        Field(
            name="url", label="Own PostHog", help="Where your own PostHog is: https://posthog.example.com", type="url"
        ),
        Field(name="group_type", label="Group type", help="What groups are called in PostHog.", default="company"),
        Field(
            name="anonymous_profiles",
            label="Profiles of anonymous people",
            help="Whether people without a user id get a profile, as PostHog bills for.",
            type="boolean",
            default=False,
        ),
        Field(
            name="personal_api_key",
            label="Personal API key",
            help="A key that begins with phx_ and may write persons: only to delete people.",
            secret=True,
        ),
        Field(name="project_id", label="Project ID", help="The number of the project: only to delete people."),
    ),
    complaint=complaint,
    payloads=posthog_events.payloads,
    actions=(
        Action(
            name="capture",
            title="Capture an event",
            request=request,
            read=read,
            batch=lambda _settings: BATCH,
            refusal=refusal,
        ),
    ),
    deletion=Deletion(
        request=delete_people,
        people=1_000,
        needs="a personal API key that may write persons (`personal_api_key`), and `project_id`",
    ),
    limits=(
        Limit(text="a batch has less than 20 MB, however many events", source=DOCS),
        Limit(text="an event without a name or distinct_id is answered 200 and dropped", source=DOCS),
        Limit(text="types and keys of groups have at most 400 characters", source=DOCS),
        Limit(text="a deletion names at most 1,000 people", source=PEOPLE_DOCS),
    ),
)
