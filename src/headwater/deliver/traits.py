"""Who an event is about, in the words that several tools share: e-mail address, names, address, company. Pure."""

from collections.abc import Mapping
from typing import Any

from headwater.deliver import lookup
from headwater.deliver.lookup import Event

PLACES = ("traits", "context.traits", "properties")


def email(event: Event) -> str | None:
    """Return the person's e-mail address, wherever an event has it; a `userId` that is one counts too."""
    found = lookup.text(event, *(f"{place}.email" for place in PLACES))
    if found is None and is_email(user_id := lookup.text(event, "userId")):
        found = user_id
    return found if is_email(found) else None


def is_email(text: str | None) -> bool:
    """Tell whether a text could be an e-mail address. Whether it is one only its receiver knows."""
    name, at, domain = (text or "").rpartition("@")
    return bool(at and name and domain) and not any(letter.isspace() for letter in text or "")


def first_name(event: Event) -> str | None:
    return _trait(event, "firstName", "first_name", "firstname") or _part_of_name(event, 0)


def last_name(event: Event) -> str | None:
    return _trait(event, "lastName", "last_name", "lastname") or _part_of_name(event, 1)


def company(traits: Mapping[str, Any]) -> str | None:
    """Return a company's name: Segment has `company` as an object, many senders as a text."""
    return lookup.text(traits, "company.name", "company")


def _trait(event: Event, *names: str) -> str | None:
    return lookup.text(event, *(f"{place}.{name}" for place in PLACES[:2] for name in names))


def _part_of_name(event: Event, part: int) -> str | None:
    """Return what stands before or after the first blank of `name`; a name of one word is a first name."""
    parts = (_trait(event, "name") or "").split(maxsplit=1)
    return parts[part] if part < len(parts) else None
