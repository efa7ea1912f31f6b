"""Mailchimp: members of an audience and what they do.

No batches, unlike most: a batch sets everybody's status, and who has unsubscribed would be subscribed again. A request
of its own for each can tell a status to those only who are new (`status_if_new`).
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from headwater.core.outcomes import NotAuthorised, Outcome, Rejected, RetryLater
from headwater.deliver import answers, lookup, moments, traits
from headwater.deliver.destination import (
    Action,
    BadDestinationSettingsError,
    Deletion,
    Field,
    Item,
    Kind,
    Limit,
    Payload,
    Settings,
    read_by_general_rule,
)
from headwater.net.outbound import Request, Response

MEMBERS_DOCS = "https://mailchimp.com/developer/marketing/api/list-members/add-or-update-list-member/"
EVENTS_DOCS = "https://mailchimp.com/developer/marketing/api/list-member-events/add-event/"
FUNDAMENTALS = "https://mailchimp.com/developer/marketing/docs/fundamentals/"
MEMBER, EVENT = "member", "event"
MIN_EVENT_CHARS, MAX_EVENT_CHARS = 2, 30
MAX_TAG_CHARS = 10
ADDRESS = {"addr1": "street", "city": "city", "state": "state", "zip": "postalCode"}  # all, or Mailchimp refuses it
NEEDS_EMAIL = "message_rejected: Mailchimp knows people by their e-mail address, and there is none."

_encoder = msgspec.json.Encoder()


def payloads(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    """Return the member that an identify call is about, or the event of one that a track call is."""
    email = traits.email(event)
    if email is None:
        return Rejected(NEEDS_EMAIL)
    return [_member(event, email, settings) if event["type"] == "identify" else _event(event, email)]


def _member(event: dict[str, Any], email: str, settings: Settings) -> Payload:
    found = lookup.mapping(event, "traits")
    wanted = {tag: lookup.at(found, trait) for trait, tag in settings["merge_fields"].items()}
    usual = {
        "FNAME": traits.first_name(event),
        "LNAME": traits.last_name(event),
        "PHONE": lookup.text(found, "phone"),
        "ADDRESS": _address(found),
    }
    member = {
        "email_address": email,
        "status_if_new": settings["status_if_new"],
        "merge_fields": {**usual, **{tag: _plain(value) for tag, value in wanted.items()}},
        "language": (lookup.text(event, "context.locale") or "")[:2].lower(),
    }
    return {"action": MEMBER, **lookup.without_blanks(member)}


def _address(found: dict[str, Any]) -> dict[str, str]:
    address = lookup.picked(lookup.mapping(found, "address"), ADDRESS)
    country = lookup.text(found, "address.country")
    return {**address, **({"country": country} if country else {})} if address.keys() == ADDRESS.keys() else {}


def _event(event: dict[str, Any], email: str) -> Payload:
    moment = moments.moment(event.get("timestamp"))
    found = lookup.mapping(event, "properties")
    done = {
        "email_address": email,
        "name": lookup.text(event, "event"),
        "occurred_at": moment.isoformat(timespec="seconds") if moment else None,
        "properties": {key: str(_plain(value)) for key, value in found.items() if key != "email"},
    }
    return {"action": EVENT, **lookup.without_blanks(done)}


def _plain(value: Any) -> Any:
    """Return what a field of Mailchimp's may be: a text or a number."""
    return _encoder.encode(value).decode() if isinstance(value, bool | list | dict) else value


def refuse_member(payload: Payload, _settings: Settings) -> str | None:
    """Refuse whom Mailchimp could not place."""
    if not traits.is_email(lookup.text(payload, "email_address")):
        return "a member needs `email_address`."
    return None if "status_if_new" in payload else "a member needs `status_if_new`: what to be, if new."


def refuse_event(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what Mailchimp would."""
    if not traits.is_email(lookup.text(payload, "email_address")):
        return "an event needs the `email_address` of its member."
    if not MIN_EVENT_CHARS <= len(lookup.text(payload, "name") or "") <= MAX_EVENT_CHARS:
        return f"Mailchimp takes names of events of {MIN_EVENT_CHARS} to {MAX_EVENT_CHARS} characters."
    return None


def upsert(items: Sequence[Item], settings: Settings) -> Request:
    """Return the request that creates a member or changes one, whose status stays. Required fields may lack."""
    member = items[0].payload
    path = f"{_path_of(member['email_address'], settings)}?skip_merge_validation=true"
    return _call("PUT", path, member, settings)


def happen(items: Sequence[Item], settings: Settings) -> Request:
    """Return the request that tells an event of a member."""
    body = {key: value for key, value in items[0].payload.items() if key != "email_address"}
    return _call("POST", f"{_path_of(items[0].payload['email_address'], settings)}/events", body, settings)


def forget(people: Sequence[str], settings: Settings) -> Request:
    """Return the request that deletes a member for good."""
    return _call("POST", f"{_path_of(people[0], settings)}/actions/delete-permanent", None, settings)


def read(response: Response, _items: Sequence[Item] = ()) -> Outcome:
    """Read an answer: a bare 403 is a throttle, not a wrong key; a member that isn't there is no event's fault."""
    found = read_by_general_rule(response)
    problem = answers.json_object(response)
    said = " ".join(answers.words(problem.get(part)) for part in ("title", "detail") if problem.get(part))
    if isinstance(found, NotAuthorised) and response.status == HTTPStatus.FORBIDDEN and not problem:
        return RetryLater("Mailchimp answered a bare 403: too much at once", response.status, is_down=True)
    if isinstance(found, Rejected) and response.status == HTTPStatus.NOT_FOUND:
        return Rejected(f"There is no such member, or no such audience, in Mailchimp: {said}", response.status)
    return Rejected(f"Mailchimp: {said}", response.status) if isinstance(found, Rejected) and said else found


def read_forgotten(response: Response) -> Outcome:
    """Read a deletion: who isn't there is deleted."""
    is_gone = response.status == HTTPStatus.NOT_FOUND
    return read_by_general_rule(Response(status=HTTPStatus.NO_CONTENT)) if is_gone else read(response)


def complaint(settings: Settings) -> tuple[str, str] | None:
    """Tell an operator of a key without its data center, and of tags that no merge field has."""
    key = settings["api_key"]
    if ":" not in key and not _data_center(key):
        return "api_key", "A Mailchimp API key ends with its data center, such as -us21: copy it whole."
    for tag in settings["merge_fields"].values():
        if tag != tag.upper() or not 0 < len(tag) <= MAX_TAG_CHARS:
            return "merge_fields", f"A merge tag is 1 to {MAX_TAG_CHARS} capitals and digits, such as PLAN: {tag!r}."
    return None


def _data_center(key: str) -> str:
    found = key.rpartition("-")[2]
    return found if "-" in key and found.isascii() and found.isalnum() else ""


def _path_of(email: str, settings: Settings) -> str:
    member = hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()
    return f"/3.0/lists/{quote(settings['audience_id'], safe='')}/members/{member}"


def _call(method: str, path: str, body: Payload | None, settings: Settings) -> Request:
    data_center = _data_center(settings["api_key"])
    if not data_center:
        raise BadDestinationSettingsError("The Mailchimp API key has no data center at its end.", field="api_key")
    keys = b64encode(f"headwater:{settings['api_key']}".encode()).decode()
    return Request(
        method=method,
        url=f"https://{data_center}.api.mailchimp.com{path}",
        headers=(("Authorization", f"Basic {keys}"), ("Content-Type", "application/json")),
        body=b"" if body is None else _encoder.encode(body),
    )


KIND = Kind(
    name="mailchimp",
    title="Mailchimp",
    summary="Keeps the members of an audience, and tells Mailchimp what they do.",
    category="marketing",
    docs=MEMBERS_DOCS,
    types=frozenset({"identify", "track"}),
    fields=(
        Field(
            name="api_key",
            label="API key",
            help="Account, Extras, API keys. It ends with its data center, such as -us21, which is its region.",
            required=True,
            secret=True,
        ),
        Field(
            name="audience_id",
            label="Audience ID",
            help="Audience, Settings, Audience name and defaults.",
            required=True,
        ),
        Field(
            name="status_if_new",
            label="Status of new members",
            help="What people become who aren't in the audience yet: pending sends them a mail to confirm (double"
            " opt-in), transactional gets no campaigns. Nobody else's status is touched.",
            type="choice",
            choices=("subscribed", "pending", "transactional", "unsubscribed"),
            default="subscribed",
        ),
        Field(
            name="merge_fields",
            label="Merge fields",
            help='Traits that have a merge field of their own, as an object, such as {"plan": "PLAN"}.',
            type="object",
            default={},
        ),
    ),
    payloads=payloads,
    actions=(
        Action(name=MEMBER, title="Add or update member", request=upsert, read=read, refusal=refuse_member),
        Action(name=EVENT, title="Add event", request=happen, read=read, refusal=refuse_event),
    ),
    deletion=Deletion(request=forget, read=read_forgotten, needs="user ids that are e-mail addresses"),
    limits=(
        Limit(text="10 requests at the same time; more are answered 429, or a bare 403", source=FUNDAMENTALS),
        Limit(text="2 to 30 characters an event's name", source=EVENTS_DOCS),
        Limit(
            text="10 characters a merge tag", source="https://mailchimp.com/help/manage-audience-signup-form-fields/"
        ),
    ),
    concurrency=10,
    complaint=complaint,
)
