"""Customer.io's words for an event: a person, an object, what somebody did, a device. Pure."""

import re
from typing import Any

from headwater.core.outcomes import Rejected
from headwater.deliver import lookup, moments, traits, ulids
from headwater.deliver.destination import Payload, Settings

CIO_ID = "cio_"
# Segment's names for what changes a person or a device instead of being an event of theirs.
PERSON_ACTIONS = {"User Deleted": "delete", "User Suppressed": "suppress", "User Unsuppressed": "unsuppress"}
DEVICE_ACTIONS = {
    "Application Installed": "add_device",
    "Application Opened": "add_device",
    "Device Created or Updated": "add_device",
    "Application Uninstalled": "delete_device",
    "Device Deleted": "delete_device",
}
PLATFORMS = {"ios": "ios", "android": "android"}
DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")


def of(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    """Return the entities of an event: a person or an object, what the person did, their device."""
    return _MAPPINGS[event["type"]](event, settings)


def _identify(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    person = _person(event)
    if person is None:
        return Rejected("message_rejected: an identify call needs a userId or the trait email.")
    attributes = _attributes(lookup.mapping(event, "traits"), settings)
    created_at = moments.seconds(lookup.first(event, "traits.createdAt", "traits.created_at"))
    if created_at is not None:
        attributes.pop("createdAt", None)
    more = lookup.without_blanks({"created_at": created_at, "anonymous_id": lookup.text(event, "anonymousId")})
    entity = _entity("identify", person, event) | {"attributes": attributes | more}
    return [entity, *_device("add_device", person, event)]


def _track(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    name, person = lookup.text(event, "event"), _person(event)
    if name is None:
        return Rejected("message_rejected: a track call needs the name of an event.")
    if name in PERSON_ACTIONS:
        if person is None:
            return Rejected(f"message_rejected: {name} needs a userId or an e-mail address.")
        return [{"type": "person", "action": PERSON_ACTIONS[name], "identifiers": person}]
    devices = _device(DEVICE_ACTIONS[name], person, event) if person and name in DEVICE_ACTIONS else []
    done = _did("event", name, event, settings)
    return done if isinstance(done, Rejected) else [*done, *devices]


def _page(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    name = lookup.text(event, "properties.url", "context.page.url", "name", "properties.path")
    return _did("page", name, event, settings)


def _screen(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    return _did("screen", lookup.text(event, "name", "properties.name", "event"), event, settings)


def _did(action: str, name: str | None, event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    """Return what a person did, or somebody who has no id yet."""
    if name is None:
        return Rejected(f"message_rejected: Customer.io needs a name for every {action}.")
    person = _member(event)
    if person is None:
        return Rejected(f"message_rejected: a {action} needs a userId, an e-mail address or an anonymousId.")
    details = _attributes(lookup.mapping(event, "properties"), settings)
    about = {"id": ulids.of_message(lookup.text(event, "messageId") or "", event.get("timestamp")), "name": name}
    return [_entity(action, person, event) | about | ({"attributes": details} if details else {})]


def _group(event: dict[str, Any], settings: Settings) -> list[Payload] | Rejected:
    object_id = lookup.text(event, "groupId")
    if object_id is None:
        return Rejected("message_rejected: a group call needs a groupId.")
    found = lookup.mapping(event, "traits")
    type_id = lookup.text(found, "objectTypeId", "object_type_id") or settings["object_type_id"]
    rest = {key: value for key, value in found.items() if key not in ("objectTypeId", "object_type_id")}
    member = _member(event)
    return [
        {
            "type": "object",
            "action": "identify_anonymous" if member and "anonymous_id" in member else "identify",
            "identifiers": {"object_type_id": type_id, "object_id": object_id},
            "attributes": _attributes(rest, settings),
            **({"cio_relationships": [{"identifiers": member}]} if member else {}),
        }
    ]


def _alias(event: dict[str, Any], _settings: Settings) -> list[Payload] | Rejected:
    user_id, previous_id = lookup.text(event, "userId"), lookup.text(event, "previousId")
    if user_id is None or previous_id is None:
        return Rejected("message_rejected: an alias call needs a userId and a previousId.")
    pair = {"primary": identifiers(user_id), "secondary": identifiers(previous_id)}
    return [{"type": "person", "action": "merge", **pair}]


_MAPPINGS = {
    "identify": _identify,
    "track": _track,
    "page": _page,
    "screen": _screen,
    "group": _group,
    "alias": _alias,
}


def _person(event: dict[str, Any]) -> dict[str, str] | None:
    """Return who it is about: Customer.io takes exactly one identifier."""
    user_id = lookup.text(event, "userId")
    if user_id is not None:
        return identifiers(user_id)
    email = traits.email(event)
    return None if email is None else {"email": email}


def _member(event: dict[str, Any]) -> dict[str, str] | None:
    """Return who it is about, known or not yet."""
    anonymous_id = lookup.text(event, "anonymousId")
    return _person(event) or ({"anonymous_id": anonymous_id} if anonymous_id else None)


def identifiers(user_id: str) -> dict[str, str]:
    """Return the one identifier that a user id is: Customer.io's own, an e-mail address, or an id."""
    if user_id.startswith(CIO_ID):
        return {"cio_id": user_id.removeprefix(CIO_ID)}
    return {"email" if traits.is_email(user_id) else "id": user_id}


def _entity(action: str, person: dict[str, str], event: dict[str, Any]) -> Payload:
    timestamp = lookup.without_blanks({"timestamp": moments.seconds(event.get("timestamp"))})
    return {"type": "person", "action": action, "identifiers": person, **timestamp}


def _device(action: str, person: dict[str, str], event: dict[str, Any]) -> list[Payload]:
    token = lookup.text(event, "context.device.token", "properties.device.token")
    platform = PLATFORMS.get(str(lookup.first(event, "context.device.type", "properties.device.type")).lower())
    if token is None or (platform is None and action == "add_device"):
        return []
    seen = {"platform": platform, "last_used": moments.seconds(event.get("timestamp"))}
    more = lookup.without_blanks(seen) if action == "add_device" else {}
    return [{"type": "person", "action": action, "identifiers": person, "device": {"token": token, **more}}]


def _attributes(found: dict[str, Any], settings: Settings) -> dict[str, Any]:
    return {key: _dated(value) for key, value in found.items()} if settings["convert_dates"] else found


def _dated(value: Any) -> Any:
    """Return dates as unix seconds: Customer.io compares nothing else as a date."""
    if isinstance(value, dict):
        return {key: _dated(item) for key, item in value.items()}
    if isinstance(value, str) and DATE.fullmatch(value):
        found = moments.seconds(value)
        return value if found is None else found
    return value
