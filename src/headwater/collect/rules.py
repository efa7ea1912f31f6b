"""What makes an event unacceptable: Segment's ingest reject codes (reference/segment.md 1.8), first one wins."""

from typing import Any

from headwater.collect.calls import TYPES

MAX_MESSAGE_ID = 100

BAD_REQUEST = "bad_request"
EMPTY_BATCH = "empty_batch"
UNKNOWN_SOURCE = "unknown_source"
SOURCE_DISABLED = "source_disabled"
USER_SUPPRESSED = "user_suppressed"

IDS = ("userId", "anonymousId", "groupId", "previousId", "messageId")
NEEDED_IDS = {"group": ("groupId",), "alias": ("previousId", "userId")}
NAMED = frozenset({"page", "screen"})
KINDS = frozenset(TYPES)


def reject_code(event: dict[str, Any]) -> str | None:
    """Return why `event` can't be accepted, None when it can. Null is absent."""
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        return BAD_REQUEST
    return _bad_id(event, kind) or _bad_words(event, kind) or _bad_object(event) or _bad_context(event)


def _bad_id(event: dict[str, Any], kind: str) -> str | None:
    for key in IDS:
        value = event.get(key)
        if value is not None and not isinstance(value, str):
            return "id_not_string"
    if len(event.get("messageId") or "") > MAX_MESSAGE_ID:
        return BAD_REQUEST
    if kind in NEEDED_IDS and not all(event.get(key) for key in NEEDED_IDS[kind]):
        return "id_required"
    return None if event.get("userId") or event.get("anonymousId") else "no_user_anon_id"


def _bad_words(event: dict[str, Any], kind: str) -> str | None:
    """Judge what a call is named by. A page may do without a name; a track may not."""
    if kind == "track":
        name = event.get("event")
        if name is None or name == "":
            return "event_not_defined"
        return None if isinstance(name, str) else "event_not_string"
    if kind in NAMED:
        for key in ("name", "category"):
            value = event.get(key)
            if value is not None and not isinstance(value, str):
                return f"{key}_not_string"
    return None


def _bad_object(event: dict[str, Any]) -> str | None:
    for key, code in (
        ("properties", "properties_not_object"),
        ("traits", "traits_not_object"),
        ("context", BAD_REQUEST),
        ("integrations", BAD_REQUEST),
    ):
        value = event.get(key)
        if value is not None and not isinstance(value, dict):
            return code
    return None


def _bad_context(event: dict[str, Any]) -> str | None:
    context = event.get("context")
    if not context:
        return None
    device = context.get("device")
    if isinstance(device, dict) and not isinstance(device.get("advertisingId", ""), str | None):
        return "device_advertisingid_should_be_string"
    consent = context.get("consent")
    return None if consent is None else _bad_consent(consent)


def _bad_consent(consent: Any) -> str | None:
    """Judge what a person agreed to: what can't be read for certain must not be taken for a yes."""
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if preferences is None:
        return "consent_categorypreferences_should_exist"
    if not isinstance(preferences, dict):
        return "consent_categorypreferences_fields_should_be_object"
    if not all(isinstance(value, bool) for value in preferences.values()):
        return "consent_categorypreferences_fields_should_be_bool"
    version = consent.get("version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int | float)):
        return "consent_version_should_be_number"
    return None
