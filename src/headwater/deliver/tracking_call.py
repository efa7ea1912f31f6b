"""What is wrong with a tracking call, by Segment's rules and names: it would answer 200 and drop it. Pure."""

from typing import Any

TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})
MAX_MESSAGE_ID = 100
IDS = ("userId", "anonymousId", "groupId", "previousId", "messageId")
NEEDED_IDS = {"group": ("groupId",), "alias": ("previousId", "userId")}
OBJECTS = {"properties": "properties_not_object", "traits": "traits_not_object", "context": "bad_request"}


def complaint(call: dict[str, Any]) -> str | None:
    """Return why a call would be dropped, None for one that is kept. Null is absent."""
    return _wrong_type(call) or _wrong_ids(call) or _missing_ids(call) or _wrong_objects(call)


def _wrong_type(call: dict[str, Any]) -> str | None:
    if call.get("type") not in TYPES:
        return f"bad_request: type is none of {', '.join(sorted(TYPES))}."
    name = call.get("event")
    if call["type"] == "track" and (not isinstance(name, str) or not name):
        return "event_not_defined: a track call needs the name of an event."
    return None


def _wrong_ids(call: dict[str, Any]) -> str | None:
    for name in IDS:
        value = call.get(name)
        if value is not None and not isinstance(value, str):
            return f"id_not_string: {name} is no text."
    if len(call.get("messageId") or "") > MAX_MESSAGE_ID:
        return f"bad_request: messageId is longer than {MAX_MESSAGE_ID} characters."
    return None


def _missing_ids(call: dict[str, Any]) -> str | None:
    missing = [name for name in NEEDED_IDS.get(call["type"], ()) if not call.get(name)]
    if missing:
        return f"id_required: {' and '.join(missing)} missing."
    if not call.get("userId") and not call.get("anonymousId"):
        return "no_user_anon_id: a call needs userId or anonymousId."
    return None


def _wrong_objects(call: dict[str, Any]) -> str | None:
    for name, code in OBJECTS.items():
        value = call.get(name)
        if value is not None and not isinstance(value, dict):
            return f"{code}: {name} is no object."
    return None
