"""An event as it came out at the other end: what differs from run to run is checked and taken off."""

import re
from datetime import datetime, timedelta
from typing import Any

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
