"""Names and values that Google Analytics 4 takes: flat, short, and never who somebody is by name. Pure.

Analytics answers 204 to everything and keeps only what is within its limits.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

MAX_NAME_CHARS, MAX_VALUE_CHARS = 40, 100
MAX_USER_NAME_CHARS, MAX_USER_VALUE_CHARS = 24, 36
# Longer values are taken of these.
LONG_VALUES = {"page_location": 1_000, "page_referrer": 420, "page_title": 300}
RESERVED_PREFIXES = ("firebase_", "ga_", "google_", "gtag.")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^A-Za-z0-9]+")
# Google's terms forbid what tells who somebody is.
PERSONAL = frozenset(
    {"address", "avatar", "birthday", "email", "firstName", "first_name", "lastName", "last_name", "name", "phone"}
    | {"username"}
)

_encoder = msgspec.json.Encoder()


def parameters(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as parameters: flat, with names that Analytics takes, and values no longer than it takes."""
    found: dict[str, Any] = {}
    for key, value in flat(properties).items():
        name = valid_name(key, most=MAX_NAME_CHARS)
        found.setdefault(name, cut(value, most=LONG_VALUES.get(name, MAX_VALUE_CHARS)))
    return found


def user_properties(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Return traits as user properties, without those that tell who somebody is."""
    kept = flat({key: value for key, value in traits.items() if key not in PERSONAL})
    return {
        valid_name(key, most=MAX_USER_NAME_CHARS): {"value": cut(value, most=MAX_USER_VALUE_CHARS)}
        for key, value in kept.items()
    }


def flat(value: Mapping[str, Any], *, prefix: str = "") -> dict[str, Any]:
    """Return objects within objects as one, with `_` between their keys; lists as texts, and so true and false."""
    found: dict[str, Any] = {}
    for key, one in value.items():
        if isinstance(one, dict):
            found |= flat(one, prefix=f"{prefix}{key}_")
        elif isinstance(one, list):
            plain = all(isinstance(part, str | int | float) for part in one)
            found[f"{prefix}{key}"] = ",".join(map(str, one)) if plain else _encoder.encode(one).decode()
        elif isinstance(one, bool):
            found[f"{prefix}{key}"] = str(one).lower()
        elif one is not None:
            found[f"{prefix}{key}"] = one
    return found


def cut(value: Any, *, most: int) -> Any:
    return value[:most] if isinstance(value, str) else value


def valid_name(key: str, *, most: int) -> str:
    """Return a name that Analytics takes: letters, digits and `_`, a letter first, none of its own prefixes."""
    name = NEITHER_LETTER_NOR_DIGIT.sub("_", key).strip("_")
    if not name[:1].isalpha() or name.startswith(RESERVED_PREFIXES):
        name = f"p_{name}"
    return name[:most]


def snake(name: str) -> str:
    """Return an event's name as Analytics spells them: `Signup Clicked` is `signup_clicked`."""
    return NEITHER_LETTER_NOR_DIGIT.sub("_", name).strip("_").lower()
