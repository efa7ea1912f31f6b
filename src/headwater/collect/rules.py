"""What makes an event unacceptable: Segment's ingest reject codes (reference/segment.md 1.8), first one wins."""

from typing import Any

from headwater.collect.calls import TYPES

MAX_MESSAGE_ID = 100

IDS = ("userId", "anonymousId", "groupId", "previousId", "messageId")
NEEDED_IDS = {"group": ("groupId",), "alias": ("previousId", "userId")}


def reject_code(event: dict[str, Any]) -> str | None:
    """Return why `event` can't be accepted, None when it can. `event["type"]` is already decided."""
    kind = event.get("type")
    if kind not in TYPES:
        return "bad_request"
    return _bad_id(event, kind) or _bad_event_name(event, kind) or _bad_object(event) or _bad_page(event, kind)


def _bad_id(event: dict[str, Any], kind: str) -> str | None:
    for key in IDS:
        if event.get(key) is not None and not isinstance(event[key], str):
            return "id_not_string"
    if len(event.get("messageId") or "") > MAX_MESSAGE_ID:
        return "bad_request"
    if any(not event.get(key) for key in NEEDED_IDS.get(kind, ())):
        return "id_required"
    if not (event.get("userId") or event.get("anonymousId")):
        return "no_user_anon_id"
    return None


def _bad_event_name(event: dict[str, Any], kind: str) -> str | None:
    if kind != "track":
        return None
    name = event.get("event")
    if name is None or name == "":
        return "event_not_defined"
    return None if isinstance(name, str) else "event_not_string"


def _bad_object(event: dict[str, Any]) -> str | None:
    for key in ("properties", "traits"):
        if event.get(key) is not None and not isinstance(event[key], dict):
            return f"{key}_not_object"
    for key in ("context", "integrations"):
        if event.get(key) is not None and not isinstance(event[key], dict):
            return "bad_request"
    return None


def _bad_page(event: dict[str, Any], kind: str) -> str | None:
    if kind not in ("page", "screen"):
        return None
    for key in ("name", "category"):
        if event.get(key) is not None and not isinstance(event[key], str):
            return f"{key}_not_string"
    return None
