"""Why an event was dropped or a call refused, in a sentence each: what was wrong, and what to do about it. Pure.

The one table behind the strict reply, `list rejected-events` and docs/tracking.md. Segment's `bad_request` stands for
many things; `of_bad_request` says which.
"""

from typing import Any

import msgspec

from headwater.collect import body as bodies
from headwater.collect import rules

SHOWN_OF_A_VALUE = 40

_NOT_JSON = "The body is no JSON object, or broken gzip; nothing of the call was stored. Send one JSON object."
_LOST_PIXEL = "A pixel came when it could not be stored"

MEANINGS = {
    "no_user_anon_id": "It has neither userId nor anonymousId. Send at least one of them, not empty.",
    "id_not_string": "An id (userId, anonymousId, groupId, previousId, messageId) is no text. Send ids in quotes.",
    "id_required": "It lacks an id: a group needs groupId, an alias previousId and userId.",
    "event_not_defined": "A track has no `event`. Name what happened.",
    "event_not_string": "The `event` of a track is no text. Name what happened, in quotes.",
    "name_not_string": "The `name` of a page or screen is no text. Send text, or leave it out.",
    "category_not_string": "The `category` of a page or screen is no text. Send text, or leave it out.",
    "properties_not_object": "Its `properties` are no JSON object. Send {…}, or leave them out.",
    "traits_not_object": "Its `traits` are no JSON object. Send {…}, or leave them out.",
    "device_advertisingid_should_be_string": "Its device's advertisingId is no text. Send text, or leave it out.",
    "consent_categorypreferences_should_exist": (
        "Its `context.consent` has no categoryPreferences. Send what the person agreed to, or no consent at all."
    ),
    "consent_categorypreferences_fields_should_be_object": (
        "Its consent's categoryPreferences are no JSON object. Send {category: true or false}."
    ),
    "consent_categorypreferences_fields_should_be_bool": (
        "A category in its consent is neither true nor false. Send true or false, without quotes."
    ),
    "consent_version_should_be_number": "Its consent's `version` is no number. Send a number, without quotes.",
    rules.BAD_REQUEST: "It can't be read as an event (too large, unknown type, …); the sample says what it was.",
    rules.EMPTY_BATCH: "The batch has no events. Send a batch when there is something in it.",
    rules.UNKNOWN_SOURCE: (
        "No source has the write key that came, or none came. `headwater list sources` shows the keys there are."
    ),
    rules.SOURCE_DISABLED: "The source is switched off. `headwater update source SLUG --enable` takes events again.",
    rules.USER_SUPPRESSED: (
        "Its userId is suppressed, so nothing of it was stored. `headwater delete suppression USER_ID` ends that."
    ),
    "invalid_json": _NOT_JSON,
    "request_too_large": (
        "The whole call is too large; nothing of it was stored. Send at most 32 KiB an event, 512,000 bytes a batch."
    ),
    "rate_limited": f"{_LOST_PIXEL}: over the rate limit. Raise the limit, or send fewer.",
    "log_overloaded": f"{_LOST_PIXEL}: the log could not keep up. `headwater get status` shows the load.",
    "log_write_failed": f"{_LOST_PIXEL}: the log could not be written. Make room on the disk.",
    "log_closed": f"{_LOST_PIXEL}: the server was stopping.",
}


def meaning(code: str) -> str:
    """Return what a code means; an older release may have counted one that we don't know."""
    return MEANINGS.get(code, "")


def of_bad_request(message: Any, *, wire_bytes: int) -> str:
    """Return what makes `message` a bad request; UNSET is one that was not even read."""
    if message is msgspec.UNSET:
        return _of_unread(wire_bytes)
    if not isinstance(message, dict):
        return f"It is {_shown(message)}, no JSON object."
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in rules.KINDS:
        return f"Its `type` is {_shown(kind)}; there are {', '.join(sorted(rules.KINDS))}."
    message_id = message.get("messageId")
    if isinstance(message_id, str) and len(message_id) > rules.MAX_MESSAGE_ID:
        return f"Its messageId has {len(message_id)} characters; at most {rules.MAX_MESSAGE_ID} are taken."
    wrong = next((key for key in ("context", "integrations") if not isinstance(message.get(key), dict | None)), "?")
    return f"Its `{wrong}` is {_shown(message.get(wrong))}, no JSON object."


def _of_unread(wire_bytes: int) -> str:
    if wire_bytes > bodies.SINGLE_MAX_BYTES:
        return f"It is {wire_bytes} bytes; an event may have {bodies.SINGLE_MAX_BYTES}."
    return "It holds what can't be read: a number beyond a double's range, or too deep a nesting."


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):  # may be too deep to be written
        return "an array" if isinstance(value, list) else "an object"
    text = msgspec.json.encode(value).decode(errors="replace")
    return text if len(text) <= SHOWN_OF_A_VALUE else f"{text[:SHOWN_OF_A_VALUE]}…"
