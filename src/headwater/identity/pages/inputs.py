"""Input nodes as controls: what a browser checks, words for password managers, errors tied to fields."""

import re
from collections.abc import Mapping
from typing import Any

from headwater.identity.pages import control
from headwater.identity.pages.control import Control, Node, Option

TRAITS_PREFIX = "traits."
ONE_TIME_CODE = "one-time-code"
FREE_TEXT = frozenset({"text", "email", "tel", "url", "password", "number", "date"})

AUTOCOMPLETE_BY_NAME = {
    "identifier": "username",
    "recovery_address": "username",
    "code": ONE_TIME_CODE,
    "totp_code": ONE_TIME_CODE,
}
AUTOCOMPLETE_BY_TYPE = {"email": "email", "tel": "tel", "url": "url", "password": "current-password"}

# A browser's own picker says no time zone, and without a script nobody can tell it whose noon is meant.
MOMENT = "datetime-local"
MOMENT_HINT = "Date, time and time zone, such as 2026-11-24T10:30:00Z"

SWITCHED_ON = (True, "true", "on")
TRIGGERS = {"onclickTrigger": "data-onclick-trigger", "onloadTrigger": "data-onload-trigger"}

WORDS = re.compile(r"[_\-\s]+|(?<=[a-z])(?=[A-Z])")


def of(node: Node, *, index: int) -> Control:
    """Return an input node as a control."""
    attributes = node["attributes"]
    type_ = str(attributes.get("type") or "text")
    if type_ == control.HIDDEN:
        return _hidden(node, index=index)
    if type_ in control.PRESSED:
        return _pressed(node, type_, index=index)
    if type_ == "checkbox":
        return _checkbox(node, index=index)
    if attributes.get("options"):
        return _select(node, index=index)
    return _free_text(node, type_, index=index)


def called(name: str) -> str:
    """Return a name that a person can read, for fields whose schema gives them no title."""
    words = WORDS.sub(" ", name.rpartition(".")[2]).strip()
    return words[:1].upper() + words[1:].lower() if words else name


def _hidden(node: Node, *, index: int) -> Control:
    attributes = {"type": "hidden", **_named(node), **_triggers(node["attributes"])}
    return Control(kind=control.HIDDEN, attributes=attributes, **_common(node, index=index))


def _pressed(node: Node, type_: str, *, index: int) -> Control:
    given = node["attributes"]
    triggers = _triggers(given)
    attributes = {"type": type_, **_named(node), **_disabled(given), **triggers}
    if triggers:
        attributes["hidden"] = "hidden"  # until the script is there without which it does nothing
    common = _common(node, index=index)
    common["label"] = control.label_of(node) or called(control.as_text(given.get("value") or given["name"]))
    return Control(kind=type_, attributes=attributes, **common)


def _checkbox(node: Node, *, index: int) -> Control:
    """Return a switch. Never `required`: in HTML that means checked, in a schema only that there is an answer."""
    common = _common(node, index=index)
    given = node["attributes"]
    attributes = {"type": "checkbox", "name": common["name"], "value": "true", "id": common["id"], **_disabled(given)}
    if given.get("value") in SWITCHED_ON:
        attributes["checked"] = "checked"
    return Control(kind=control.CHECKBOX, attributes={**attributes, **_described(common)}, **common)


def _select(node: Node, *, index: int) -> Control:
    common = _common(node, index=index)
    given = node["attributes"]
    chosen = control.as_text(given["value"]) if given.get("value") is not None else ""
    values = [control.as_text(option.get("value")) for option in given["options"]]
    attributes = {"name": common["name"], "id": common["id"], **_required(given), **_disabled(given)}
    return Control(
        kind=control.SELECT,
        attributes={**attributes, **_described(common)},
        options=tuple(Option(value=value, is_chosen=value == chosen) for value in values),
        is_optional=not given.get("required"),
        **common,
    )


def _free_text(node: Node, type_: str, *, index: int) -> Control:
    given = node["attributes"]
    common = _common(node, index=index)
    common["hint"] = MOMENT_HINT if type_ == MOMENT else ""
    attributes = {
        "type": type_ if type_ in FREE_TEXT else "text",
        "id": common["id"],
        **_named(node, without_value=type_ == "password"),
        **_required(given),
        **_disabled(given),
        **_limits(given, type_),
        **_for_typing(given, type_),
        **_described(common),
    }
    return Control(kind=control.INPUT, attributes=attributes, is_optional=not given.get("required"), **common)


def _common(node: Node, *, index: int) -> dict[str, Any]:
    name = str(node["attributes"].get("name") or "")
    return {
        "group": node["group"],
        "id": control.html_id(name, index=index),
        "name": name,
        "label": control.label_of(node) or called(name),
        "notes": control.notes_of(node),
        "hint": "",
    }


def _named(node: Node, *, without_value: bool = False) -> dict[str, str]:
    """Name and value; a password never stands in a page, whatever the node holds."""
    given = node["attributes"]
    attributes = {"name": str(given.get("name") or "")}
    if given.get("value") is not None and not without_value:
        attributes["value"] = control.as_text(given["value"])
    return attributes


def _triggers(given: Mapping[str, Any]) -> dict[str, str]:
    """Return which functions of the flow's own script to call; page code is never taken from a node."""
    return {attribute: str(given[key]) for key, attribute in TRIGGERS.items() if given.get(key)}


def _disabled(given: Mapping[str, Any]) -> dict[str, str]:
    return {"disabled": "disabled"} if given.get("disabled") else {}


def _required(given: Mapping[str, Any]) -> dict[str, str]:
    return {"required": "required"} if given.get("required") else {}


def _limits(given: Mapping[str, Any], type_: str) -> dict[str, str]:
    limits: dict[str, str] = {}
    pattern = given.get("pattern")
    if pattern:
        # A schema's pattern may match anywhere in the text; HTML's must match all of it.
        is_from_schema = str(given.get("name")).startswith(TRAITS_PREFIX)
        limits["pattern"] = f".*(?:{pattern}).*" if is_from_schema else str(pattern)
    if given.get("maxlength"):
        limits["maxlength"] = str(given["maxlength"])
    if type_ == "number":
        limits["step"] = "any"  # else a browser lets whole numbers through only
    return limits


def _for_typing(given: Mapping[str, Any], type_: str) -> dict[str, str]:
    """Return the words for password managers and on-screen keyboards."""
    name = str(given.get("name"))
    said = given.get("autocomplete") or AUTOCOMPLETE_BY_NAME.get(name) or AUTOCOMPLETE_BY_TYPE.get(type_)
    attributes = {"autocomplete": str(said)} if said else {}
    if said == ONE_TIME_CODE:
        attributes["inputmode"] = "numeric"
    if type_ == "text" and not name.startswith(TRAITS_PREFIX):
        attributes |= {"autocapitalize": "none", "spellcheck": "false"}
    return attributes


def _described(common: Mapping[str, Any]) -> dict[str, str]:
    """Tie hint and messages to the field, so that who can't see them beside it hears them with it."""
    ids = [f"{common['id']}-hint"] if common["hint"] else []
    if common["notes"]:
        ids.append(f"{common['id']}-notes")
    attributes = {"aria-describedby": " ".join(ids)} if ids else {}
    if any(note.is_error for note in common["notes"]):
        attributes["aria-invalid"] = "true"
    return attributes
