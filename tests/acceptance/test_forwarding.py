"""The segment kind against the one compatible endpoint that we can run: our own collector."""

import time

import httpx
import pytest

from acceptance.conftest import WAIT_SECONDS, Receiver

SKEWED = {
    "type": "track",
    "messageId": "m-1815",
    "userId": "ada",
    "event": "Engine Ordered",
    "properties": {"total": 19.5},
    "timestamp": "2026-11-28T09:00:00.000Z",
    "sentAt": "2026-11-28T09:00:10.000Z",
    "context": {"ip": "203.0.113.7", "consent": {"categoryPreferences": {"ads": False}}},
    "integrations": {"Mixpanel": False},
}
SAME = ("type", "messageId", "userId", "event", "properties", "timestamp", "integrations")


@pytest.fixture
def first():
    receiver = Receiver()
    yield receiver
    receiver.close()


def forward(server, sources, write_key):
    """Send what comes to `sources` on to the source of `write_key`, over the server's own door."""
    settings = {"url": server.url, "write_key": write_key}
    made = {"kind": "segment", "sources": sources, "settings": settings}
    return server.api("POST", "/api/destinations", made, status=201)["id"]


def track(server, write_key, event):
    answer = httpx.post(f"{server.url}/v1/track", json=event, auth=(write_key, ""))
    assert answer.status_code == 200


def settled(server, message_id, source, destination):
    """Return what became of an event at a destination, once that is decided."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        trace = server.api("GET", f"/api/trace/{message_id}?source={source}")
        (row,) = [row for row in trace["deliveries"] if row["destination"] == destination]
        if row["state"] != "pending":
            return row
    raise AssertionError(row)


def test_an_event_that_is_forwarded_arrives_with_its_ids_and_times(shared_headwater, first, receiver):
    server = shared_headwater
    here, there = server.connected_source("here", first), server.connected_source("there", receiver)
    forward(server, ["here"], there)
    track(server, here, SKEWED)
    (sent,) = first.wait_until(lambda found: len(found) == 1, "the event")
    (came,) = receiver.wait_until(lambda found: len(found) == 1, "the forwarded event")

    assert {name: sent[name] for name in SAME} == {name: came[name] for name in SAME}
    assert sent["timestamp"] != sent["originalTimestamp"], "the clock was corrected once, here"
    assert sent["context"] == {key: value for key, value in came["context"].items() if key != "headwater"}


def test_a_circle_ends_where_it_began(shared_headwater, receiver):
    server = shared_headwater
    one, two, three = server.source("one"), server.source("two"), server.connected_source("three", receiver)
    there = forward(server, ["one", "three"], two)
    forward(server, ["two"], three)
    track(server, one, SKEWED | {"messageId": "m-circle"})
    receiver.wait_until(lambda found: len(found) == 1, "the event, back by another source")

    assert "delivered" == settled(server, "m-circle", "one", there)["state"]
    row = settled(server, "m-circle", "three", there)
    assert "filtered" == row["state"]
    assert row["reason"].startswith("LOOP")
