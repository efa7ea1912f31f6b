"""The settings of a kind as fields of a form, and back: what its sheet says becomes fields, what is typed a wish. Pure.

A secret is never put into a page. Left empty it stays what it is; with `clear-NAME` it goes.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Sheet = Mapping[str, Any]  # a field of /api/destination-kinds

HIDDEN = "***"  # how the API shows a secret that is kept


def key_of(name: str) -> str:
    """Return what a setting's field is called in the form."""
    return f"set-{name}"


def typed(fields: Sequence[Sheet], settings: Mapping[str, Any]) -> dict[str, str]:
    """Return what the form has in it for settings as the API shows them; what isn't there has its default."""
    values = {one["name"]: settings.get(one["name"], one["default"]) for one in fields if not one["secret"]}
    return {key_of(name): _text(value) for name, value in values.items() if value is not None and value is not False}


def kept(fields: Sequence[Sheet], settings: Mapping[str, Any]) -> dict[str, str]:
    """Return which secrets are there, and in words where each is."""
    there = {one["name"]: settings.get(one["name"]) for one in fields if one["secret"]}
    return {name: _where(value) for name, value in there.items() if value}


def new(fields: Sequence[Sheet], form: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of a new destination. Texts are turned into values by the API."""
    return {name: value for name, value in changed(fields, form).items() if value is not None}


def changed(fields: Sequence[Sheet], form: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings as a change: None for what is to go."""
    wish = {one["name"]: _given(one, form) for one in fields}
    return {name: value for name, value in wish.items() if value is not ...}


def _given(field: Sheet, form: Mapping[str, str]) -> Any:
    name, text = field["name"], form.get(key_of(field["name"]), "")
    if field["secret"]:
        return None if f"clear-{name}" in form else text or ...
    if field["type"] == "boolean":
        return key_of(name) in form
    if text:
        return text
    is_emptied = field["type"] == "text" and isinstance(field["default"], str) and not field["required"]
    return "" if is_emptied and key_of(name) in form else None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "on" if value is True else json.dumps(value, ensure_ascii=False, indent=2)


def _where(value: Any) -> str:
    named = value.values() if isinstance(value, dict) else [value]
    return "A value is kept." if HIDDEN in named else f"It is read from {', '.join(str(one) for one in named)}."
