"""An event as rows of Segment's warehouse tables: names, columns and values. Pure.

`tracks` and a table for each event; `identifies` and `users`; `groups` and `accounts`; `pages`, `screens`, `aliases`.
"""

from typing import Any

import msgspec

from headwater.core.outcomes import Rejected
from headwater.core.snake_case import identifier
from headwater.deliver import lookup
from headwater.deliver.destination import Payload, Settings

TABLES = frozenset(
    {"identifies", "users", "groups", "accounts", "tracks", "pages", "screens", "aliases"},
)
TIMES = {
    "received_at": "receivedAt",
    "sent_at": "sentAt",
    "timestamp": "timestamp",
    "original_timestamp": "originalTimestamp",
}
IDS = {"id": "messageId", "anonymous_id": "anonymousId", "user_id": "userId"}
# A property of such a name is discarded: it would pass for what the event itself says.
RESERVED = frozenset({*TIMES, *IDS, "event", "event_text", "group_id", "previous_id", "uuid", "uuid_ts"})

_encoder = msgspec.json.Encoder()


def of(event: dict[str, Any], _settings: Settings) -> list[Payload] | Rejected:
    """Return the rows of an event."""
    if not lookup.text(event, "messageId"):
        return Rejected("message_rejected: a row needs a messageId: it is its `id`.")
    return _ROWS[event["type"]](event)


def _track(event: dict[str, Any]) -> list[Payload] | Rejected:
    text = lookup.text(event, "event")
    if text is None:
        return Rejected("message_rejected: a track call needs the name of an event.")
    named = {"event": identifier(text), "event_text": text}
    table = f"_{named['event']}" if named["event"] in TABLES else named["event"]
    return [_row("tracks", _common(event) | named), _row(table, _common(event) | named | _details(event, "properties"))]


def _identify(event: dict[str, Any]) -> list[Payload]:
    traits = _details(event, "traits")
    return [_row("identifies", _common(event) | traits), *_latest("users", event, "userId", traits)]


def _group(event: dict[str, Any]) -> list[Payload]:
    traits, group_id = _details(event, "traits"), {"group_id": lookup.text(event, "groupId")}
    return [_row("groups", _common(event) | group_id | traits), *_latest("accounts", event, "groupId", traits)]


def _view(event: dict[str, Any]) -> list[Payload]:
    named = lookup.without_blanks({name: lookup.text(event, name) for name in ("name", "category")})
    return [_row(f"{event['type']}s", _common(event) | _details(event, "properties") | named)]


def _alias(event: dict[str, Any]) -> list[Payload]:
    previous_id = {"previous_id": lookup.text(event, "previousId")}
    return [_row("aliases", _common(event) | _details(event, "traits") | previous_id)]


_ROWS = {
    "track": _track,
    "identify": _identify,
    "group": _group,
    "page": _view,
    "screen": _view,
    "alias": _alias,
}


def _latest(table: str, event: dict[str, Any], whose: str, traits: dict[str, Any]) -> list[Payload]:
    """Return the row that holds what is known of somebody: theirs is the id, and no anonymous one."""
    found = lookup.text(event, whose)
    if found is None:
        return []
    kept = {name: value for name, value in _common(event).items() if name not in IDS}
    return [_row(table, kept | traits | {"id": found}) | {"upsert": True}]


def _row(table: str, row: dict[str, Any]) -> Payload:
    return {"table": table, "row": {name: value for name, value in row.items() if value is not None}}


def _common(event: dict[str, Any]) -> dict[str, Any]:
    ids = {name: lookup.text(event, path) for name, path in IDS.items()}
    times = {name: lookup.text(event, path) for name, path in TIMES.items()}
    return {**flattened(event.get("context"), "context"), **ids, **times}


def _details(event: dict[str, Any], key: str) -> dict[str, Any]:
    found = flattened(event.get(key))
    return {name: value for name, value in found.items() if name not in RESERVED and not name.startswith("context_")}


def flattened(value: Any, path: str = "") -> dict[str, Any]:
    """Return what is in an object as columns: `{address: {city}}` is `address_city`, a list is its JSON."""
    if not isinstance(value, dict):
        return {identifier(path): _scalar(value)} if path and value is not None else {}
    columns: dict[str, Any] = {}
    for key, item in value.items():
        columns |= flattened(item, f"{path}_{key}" if path else str(key))
    return columns


def _scalar(value: Any) -> Any:
    return _encoder.encode(value).decode() if isinstance(value, list) else value
