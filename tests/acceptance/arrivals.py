"""An event as it came out at the other end: what differs from run to run is checked and taken off.

And what came out is what stands in the log: `as_logged` compares the two, record by record.
"""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from acceptance.conftest import Headwater
from acceptance.shelf import stored

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STAMPS = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
ROUNDING = timedelta(milliseconds=2)
STORED_VERSION = 2


def unstamped(event: dict[str, Any], *, message_id: str = UUID) -> dict[str, Any]:
    """Return the event without its times, id and version, once each of them is right."""
    rest = dict(event)
    stamps = {name: rest.pop(name) for name in STAMPS}
    assert all(STAMP.fullmatch(stamp) for stamp in stamps.values()), stamps
    times = {name: datetime.fromisoformat(stamp) for name, stamp in stamps.items()}
    corrected = times["receivedAt"] - (times["sentAt"] - times["originalTimestamp"])
    assert abs(times["timestamp"] - corrected) <= ROUNDING, stamps
    assert re.fullmatch(message_id, rest.pop("messageId")), event
    assert STORED_VERSION == rest.pop("version")
    return rest


def by_type(events: list[dict[str, Any]], *, message_id: str = UUID) -> dict[str, Any]:
    """Return one event of each type, unstamped; two of one type are a doubling."""
    found = {event["type"]: unstamped(event, message_id=message_id) for event in events}
    assert len(events) == len(found), [(event["type"], event["messageId"]) for event in events]
    return found


def as_logged(events: list[dict[str, Any]], *, headwater: Headwater, write_key: str) -> list[dict[str, Any]]:
    """Return `events`, as they came out, once the log has just those under the source of `write_key`."""
    records = [one.record for one in stored(headwater.data, source=_source_of(headwater, write_key))]
    by_id = {record.message_id: record for record in records}
    assert len(records) == len(by_id), [record.message_id for record in records]
    assert sorted(by_id) == sorted(event["messageId"] for event in events)
    for event in events:
        record = by_id[event["messageId"]]
        assert event == json.loads(record.body)
        said = (event["type"], event.get("userId"), event.get("anonymousId"), None)
        assert said == (record.type, record.user_id, record.anonymous_id, record.via)
        received = datetime.fromisoformat(event["receivedAt"])
        assert timedelta(milliseconds=record.received_at_ms) == received - datetime(1970, 1, 1, tzinfo=received.tzinfo)
    return events


def _source_of(headwater: Headwater, write_key: str) -> str:
    """Return the id of the source: there is exactly one with that key."""
    sources = headwater.api("GET", "/api/sources")["sources"]
    (found,) = [one["id"] for one in sources if write_key in [key["key"] for key in one["write_keys"]]]
    return found
