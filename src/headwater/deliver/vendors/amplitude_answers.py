"""What Amplitude's answers mean, event by event: 400 and 429 name those at fault by their position or by their id."""

from collections.abc import Sequence
from typing import Any

from headwater.core.outcomes import NotAuthorised, Outcome, Rejected, RetryLater
from headwater.deliver import answers
from headwater.deliver.destination import Item, Reading, SmallerBatch, read_by_general_rule
from headwater.net.outbound import Response

PAUSE_SECONDS, QUOTA_PAUSE_SECONDS = 30.0, 3_600.0
BAD_REQUEST, THROTTLED = 400, 429
INVALID = ("events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths")


def read(response: Response, items: Sequence[Item]) -> Reading:
    """Read an answer to events. Where only some are at fault nothing was taken: the others are sent again."""
    said = answers.json_object(response)
    error = answers.words(said.get("error"))
    if response.status == BAD_REQUEST:
        if "api_key" in error or "api key" in error.lower() or said.get("missing_field") == "api_key":
            return NotAuthorised(f"Amplitude answered 400: {error or 'no api_key'}", BAD_REQUEST)
        return _each(items, _faults(said), otherwise=SmallerBatch(f"Amplitude answered 400: {error}", BAD_REQUEST))
    if response.status == THROTTLED:
        return _throttled(response, items, said)
    return read_by_general_rule(response)


def _faults(said: dict[str, Any]) -> dict[int, Outcome]:
    """Return which items are at fault, and what becomes of each."""
    found: dict[int, Outcome] = {}
    for key in INVALID:
        fields = said.get(key)
        for name, positions in fields.items() if isinstance(fields, dict) else ():
            reason = f"Amplitude answered 400 {key.removeprefix('events_with_')}: {answers.words(name)}"
            found |= {position: Rejected(reason, BAD_REQUEST) for position in answers.indices(positions)}
    silenced = Rejected("Amplitude has silenced this device.", BAD_REQUEST)
    found |= dict.fromkeys(answers.indices(said.get("silenced_events")), silenced)
    later = RetryLater("Amplitude throttles this device.", BAD_REQUEST, retry_after_seconds=PAUSE_SECONDS)
    return dict.fromkeys(answers.indices(said.get("throttled_events")), later) | found


def _throttled(response: Response, items: Sequence[Item], said: dict[str, Any]) -> Reading:
    """Read a 429, which is about some people only where it names them."""
    slow = RetryLater("Amplitude throttles this user or device.", THROTTLED, retry_after_seconds=PAUSE_SECONDS)
    full = RetryLater(
        "This user or device has reached Amplitude's daily limit.", THROTTLED, retry_after_seconds=QUOTA_PAUSE_SECONDS
    )
    found: dict[int, Outcome] = dict.fromkeys(answers.indices(said.get("throttled_events")), slow)
    for position, item in enumerate(items):
        if _is_among(item, said.get("throttled_users"), said.get("throttled_devices")):
            found[position] = slow
        if _is_among(item, said.get("exceeded_daily_quota_users"), said.get("exceeded_daily_quota_devices")):
            found[position] = full
    if not found:
        return read_by_general_rule(response)
    return _each(items, found, otherwise=SmallerBatch("Amplitude throttles others of this batch.", THROTTLED))


def _is_among(item: Item, users: Any, devices: Any) -> bool:
    pairs = (("user_id", users), ("device_id", devices))
    return any(isinstance(known, dict) and item.payload.get(key) in known for key, known in pairs)


def _each(items: Sequence[Item], found: dict[int, Outcome], *, otherwise: SmallerBatch) -> Reading:
    if not any(position in found for position in range(len(items))):
        return otherwise
    return [found.get(position, otherwise) for position in range(len(items))]
