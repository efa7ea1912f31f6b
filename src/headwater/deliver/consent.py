"""What a person has agreed to, and what a destination needs them to have agreed to (Segment's consent object). Pure.

Each call may say so in `context.consent.categoryPreferences`, by category; a destination has the ids of the categories
that it is used for. Nothing but `true` is a yes.
"""

from collections.abc import Sequence
from typing import Any

from headwater.deliver import lookup, routing_shape
from headwater.deliver.routing_shape import TEXT, refuse

MAX_CATEGORIES = 50
MAX_ID_CHARACTERS = 34  # as Segment has it: fewer than 35


def refused(event: dict[str, Any], categories: Sequence[str]) -> list[str]:
    """Return those of `categories` that the person has not agreed to; none where the event has no consent object.

    An empty one is none either, unless the event has wishes of its own in `integrations`: so Segment's table says.
    """
    consent = lookup.at(event, "context.consent")
    if not categories or consent is None or (consent == {} and not event.get("integrations")):
        return []
    preferences = lookup.at(consent, "categoryPreferences")
    agreed = preferences if isinstance(preferences, dict) else {}
    return [name for name in categories if agreed.get(name) is not True]


def check_categories(categories: Sequence[Any], *, path: str) -> tuple[str, ...]:
    """Return the categories, each once, if they may be ids of categories. Raises BadRoutingError."""
    if len(categories) > MAX_CATEGORIES:
        raise refuse(path, f"a destination has at most {MAX_CATEGORIES} consent categories, not {len(categories)}.")
    checked = [_check_id(one, path=f"{path}/{number}") for number, one in enumerate(categories)]
    return tuple(dict.fromkeys(checked))


def _check_id(value: Any, *, path: str) -> str:
    found: str = routing_shape.check_type(value, TEXT, path=path)
    if not found.strip() or found[0].isdigit() or len(found) > MAX_ID_CHARACTERS or not found.isprintable():
        raise refuse(
            path,
            f"must be a consent category's id: 1 to {MAX_ID_CHARACTERS} characters on one line, the first no digit."
            " Write it as your consent banner does; capitals count.",
        )
    return found
