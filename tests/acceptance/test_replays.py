"""Replays on the real server: killed in the middle, counted, paced, cancelled, and into a new destination."""

import json
import time
from collections import Counter
from datetime import datetime

import httpx
import pytest

from acceptance.conftest import WAIT_SECONDS, Headwater, Receiver

EVENTS = 1_200
KILLS = 3


@pytest.fixture
def late():
    made = Receiver()
    yield made
    made.close()


def send(headwater, key, count, *, prefix="m", user="ada"):
    with httpx.Client(base_url=headwater.url, auth=(key, ""), timeout=30) as http:
        for start in range(0, count, 100):
            batch = [
                {
                    "type": "track",
                    "userId": user,
                    "event": "Ticked",
                    "messageId": f"{prefix}{number}",
                    "timestamp": "2026-11-01T10:00:00.000Z",
                }
                for number in range(start, min(start + 100, count))
            ]
            assert 200 == http.post("/v1/batch", json={"batch": batch}).status_code
    return {f"{prefix}{number}" for number in range(count)}


def ids(receiver):
    return [body["messageId"] for body in receiver.bodies]


def replay(headwater, destination, *flags, since="beginning"):
    done = headwater.cli("replay", "--destination", destination, "--since", since, *flags, "--format", "json")
    return json.loads(done.stdout)


def until_over(headwater, replay_id):
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := headwater.api("GET", f"/api/replays/{replay_id}"))["state"] == "running":
        assert time.monotonic() < deadline, found
    return found


def test_a_new_destination_gets_everything_from_the_beginning_over_three_kills(headwater, receiver, late):
    key = headwater.source("website")
    headwater.webhook(receiver)
    sent = send(headwater, key, EVENTS)
    receiver.wait_until(lambda bodies: len(bodies) >= EVENTS, "all events at the old destination")
    destination = headwater.webhook(late)
    counted = replay(headwater, destination, "--dry-run")
    begun = replay(headwater, destination)
    for kill in range(1, KILLS + 1):
        late.wait_until(lambda bodies, goal=kill * EVENTS // (KILLS + 2): len(bodies) >= goal, "a part of them")
        headwater.kill()
        headwater.start()
    found = until_over(headwater, begun["id"])
    trace = headwater.api("GET", "/api/trace/m7")["deliveries"]

    assert {"events": EVENTS} == counted
    assert sent == set(ids(late))
    assert {begun["id"]} == {headers["headwater-replay"] for headers, _ in late.requests}
    assert {("2026-11-01T10:00:00.000Z",) * 2} == {(one["timestamp"], one["originalTimestamp"]) for one in late.bodies}
    assert (EVENTS, EVENTS, EVENTS) == (found["events"], found["done"], found["outcomes"]["delivered"])
    [again] = [one for one in trace if one["destination"] == destination]
    assert ("delivered", {begun["id"]}) == (again["state"], {one["replay"] for one in again["attempts"]})
    assert set(Counter(ids(receiver)).values()) == {1}  # nobody else got anything again


def test_it_sends_at_least_a_hundred_a_second_and_what_was_delivered_is_delivered_again(headwater, receiver):
    key = headwater.source("website")
    destination = headwater.webhook(receiver)
    sent = send(headwater, key, EVENTS)
    receiver.wait_until(lambda bodies: len(bodies) >= EVENTS, "all events")
    done = headwater.cli("replay", "--destination", destination, "--since", "1h", "--wait", "--format", "json")
    found = json.loads(done.stdout)
    began, ended = (datetime.fromisoformat(found[name]) for name in ("created_at", "finished_at"))

    assert dict.fromkeys(sent, 2) == Counter(ids(receiver))
    assert "finished" == found["state"]
    assert f"finished: {EVENTS:,} of {EVENTS:,} (100 %)" in done.stderr
    assert (ended - began).total_seconds() < EVENTS / 100


def test_nothing_more_is_sent_once_a_cancel_has_returned(headwater, receiver, late):
    key = headwater.source("website")
    sent = send(headwater, key, EVENTS)
    destination = headwater.webhook(late)
    begun = replay(headwater, destination, "--rate", "50")
    late.wait_until(lambda bodies: len(bodies) >= 20, "some of them")
    headwater.cli("cancel", "replay", begun["id"])
    count = len(late.bodies)
    [own] = send(headwater, key, 1, prefix="own")
    late.wait_until(lambda _: own in ids(late), "the destination's own event")
    found = headwater.api("GET", f"/api/replays/{begun['id']}")

    assert count + 1 == len(late.bodies) < len(sent)
    assert "cancelled" == found["state"]
    assert 20 <= found["done"] <= count


def test_its_rate_is_kept_while_the_destinations_own_events_go_on(headwater, late):
    key = headwater.source("website")
    send(headwater, key, 100)
    destination = headwater.webhook(late)
    begun = replay(headwater, destination, "--rate", "20")
    [own] = send(headwater, key, 1, prefix="own")
    began = time.monotonic()
    late.wait_until(lambda _: own in ids(late), "its own event")
    late.wait_until(lambda bodies: len(bodies) == 101, "all of them")
    until_over(headwater, begun["id"])
    passed = time.monotonic() - began

    assert own in ids(late)[:-20]  # a second before the replay was over
    assert 99 / 20 - 1 < passed < 99 / 20 + 60  # how fast the machine is changes the end only


def test_a_log_that_is_trimmed_waits_for_a_replay_and_says_for_which(tmp_path, late):
    headwater = Headwater(tmp_path / "data", "--log-retention-events", "200")
    headwater.start()
    try:
        key = headwater.source("website")
        send(headwater, key, 200)
        destination = headwater.webhook(late)
        begun = replay(headwater, destination, "--rate", "1")
        send(headwater, key, 400, prefix="n")
        late.wait_until(lambda _: sum(one.startswith("n") for one in ids(late)) == 400, "its own events")
        held = headwater.api("POST", "/api/log/trim", {})["held_back_by"]
        headwater.cli("cancel", "replay", begun["id"])
        freed = headwater.api("POST", "/api/log/trim", {})["held_back_by"]
    finally:
        headwater.close()

    assert f"{destination}/replay/{begun['id']}" in {one["reader"] for one in held}
    assert f"{destination}/replay/{begun['id']}" not in {one["reader"] for one in freed}
