"""HubSpot's words for an event: a contact, a company, an occurrence of a custom event. Pure."""

import re
import uuid
from typing import Any

import msgspec

from headwater.core.outcomes import Filtered, Rejected
from headwater.deliver import lookup, moments, traits
from headwater.deliver.destination import Payload, Settings

CONTACTS, COMPANIES, EVENTS = "contacts", "companies", "events"
# HubSpot's own properties of a contact and a company, by our trait.
CONTACT_PROPERTIES = {
    "phone": "phone",
    "jobtitle": "title",
    "website": "website",
    "address": "address.street",
    "city": "address.city",
    "state": "address.state",
    "zip": "address.postalCode",
    "country": "address.country",
}
COMPANY_PROPERTIES = {
    "name": "name",
    "phone": "phone",
    "website": "website",
    "description": "description",
    "numberofemployees": "employees",
    "address": "address.street",
    "city": "address.city",
    "state": "address.state",
    "zip": "address.postalCode",
    "country": "address.country",
}
# What has a property of HubSpot's already, under whatever name senders use.
NAMES = ("name", "firstName", "first_name", "firstname", "lastName", "last_name", "lastname")
KNOWN_TRAITS = {"email", *NAMES, "company", "address", *CONTACT_PROPERTIES.values(), *COMPANY_PROPERTIES.values()}
EVERY_TRAIT = "*"
NOT_A_WORD = re.compile(r"[^a-z0-9_]+")
MAX_NAME_CHARS, MAX_EVENT_PROPERTIES = 50, 50
NAMESPACE = uuid.UUID("6f6a1b62-9f0b-5a3e-8a55-2d8c1f6d6b0e")  # any, as long as it stays

_encoder = msgspec.json.Encoder()


def of(event: dict[str, Any], settings: Settings) -> list[Payload] | Filtered | Rejected:
    """Return the record that an event is about, or the occurrence that it is."""
    return _MAPPINGS[event["type"]](event, settings)


def _contact(event: dict[str, Any], settings: Settings) -> list[Payload] | Filtered | Rejected:
    email = traits.email(event)
    if email is None:
        return Rejected("message_rejected: HubSpot knows contacts by their e-mail address, and there is none.")
    found = lookup.mapping(event, "traits")
    named = {
        "email": email.lower(),
        "firstname": traits.first_name(event),
        "lastname": traits.last_name(event),
        "company": traits.company(found),
    }
    user_id = lookup.text(event, "userId")
    own = {settings["user_id_property"]: user_id} if settings.get("user_id_property") else {}
    properties = {**_custom(found, settings), **lookup.picked(found, CONTACT_PROPERTIES), **named, **own}
    return [{"action": CONTACTS, "id": email.lower(), "idProperty": "email", "properties": _texts(properties)}]


def _company(event: dict[str, Any], settings: Settings) -> list[Payload] | Filtered | Rejected:
    key = settings.get("company_id_property")
    if not key:
        return Filtered("NO_MATCHING_MAPPING: group calls are sent once the setting `company_id_property` is set.")
    group_id = lookup.text(event, "groupId")
    if group_id is None:
        return Rejected("message_rejected: a group call needs a groupId.")
    found = lookup.mapping(event, "traits")
    properties = {**_custom(found, settings), **lookup.picked(found, COMPANY_PROPERTIES), key: group_id}
    return [{"action": COMPANIES, "id": group_id, "idProperty": key, "properties": _texts(properties)}]


def _occurrence(event: dict[str, Any], settings: Settings) -> list[Payload] | Filtered | Rejected:
    if not settings.get("hub_id"):
        return Filtered("NO_MATCHING_MAPPING: track calls are sent once the setting `hub_id` is set.")
    name = word(lookup.text(event, "event") or "")
    if not name:
        return Rejected("message_rejected: the event's name has no letter or digit that HubSpot would take.")
    who = lookup.without_blanks({"email": traits.email(event), "utk": lookup.text(event, "properties.utk")})
    if not who:
        return Rejected("message_rejected: HubSpot needs an e-mail address, or the property utk (its cookie).")
    moment = moments.moment(event.get("timestamp"))
    details = lookup.without_blanks({word(key): value for key, value in _properties(event).items() if word(key)})
    return [
        {
            "action": EVENTS,
            "eventName": f"pe{settings['hub_id']}_{name}",
            **who,
            **({"occurredAt": moment.isoformat()} if moment else {}),
            "uuid": _uuid(lookup.text(event, "messageId") or ""),
            "properties": _texts(details),
        }
    ]


_MAPPINGS = {"identify": _contact, "group": _company, "track": _occurrence}


def _properties(event: dict[str, Any]) -> dict[str, Any]:
    found = lookup.mapping(event, "properties")
    return {key: value for key, value in found.items() if key not in ("email", "utk")}


def _custom(found: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return the traits that have a property: HubSpot refuses a contact for one property that it lacks."""
    wanted = [name.strip() for name in settings["custom_properties"].split(",")]
    if EVERY_TRAIT in wanted:
        return {word(name): value for name, value in found.items() if name not in KNOWN_TRAITS and word(name)}
    return {word(name): found[name] for name in wanted if name in found and word(name)}


def word(name: str) -> str:
    """Return a name as HubSpot's internal names are: lower case, digits and underscores."""
    return NOT_A_WORD.sub("_", name.strip().lower()).strip("_")


def _texts(properties: dict[str, Any]) -> dict[str, str]:
    """Return properties as the texts that HubSpot documents; lists as its check boxes have them."""
    return {name: _text(value) for name, value in lookup.without_blanks(properties).items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ";".join(value)
    return _encoder.encode(value).decode()


def _uuid(message_id: str) -> str:
    """Return a message id as a UUID: itself where it is one."""
    try:
        return str(uuid.UUID(message_id))
    except ValueError:
        return str(uuid.uuid5(NAMESPACE, message_id))
