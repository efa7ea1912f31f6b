"""The signing keys of a web_hook as a form, and back: which there are, never what they are. Pure.

A new key goes first; those that were there go on signing beside it, unless one is ticked to go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NEW, GOES = "signing_key", "signing_goes_"
TYPE = "standard_webhooks"
REFERENCES = ("env:", "file:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What may be said of a key: where it is read from, or that it is kept. `goes`: it was ticked to go."""

    name: str
    said: str
    goes: bool


def shown(signing: Mapping[str, Any], form: Mapping[str, str]) -> list[Key]:
    """Return the keys that there are; `form` is what was typed, if anything."""
    named = [(f"{GOES}{number}", key) for number, key in enumerate(_keys(signing))]
    return [
        Key(name=name, said=key if key.startswith(REFERENCES) else "a key that is kept", goes=name in form)
        for name, key in named
    ]


def typed(form: Mapping[str, str], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `signing` that a form asks for, {} for none."""
    new = form.get(NEW, "").strip()
    left = [key for number, key in enumerate(_keys(stored)) if f"{GOES}{number}" not in form]
    keys = [*([new] if new else []), *left]
    return {**stored, "type": stored.get("type", TYPE), "secrets": keys} if keys else {}


def _keys(signing: Mapping[str, Any]) -> list[str]:
    return [str(key) for key in signing.get("secrets") or ()]
