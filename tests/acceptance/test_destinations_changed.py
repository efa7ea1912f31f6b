"""A destination is changed, switched off and deleted beneath a stream of events, on the real server."""

import threading
import time

import httpx
import pytest

from acceptance.conftest import WAIT_SECONDS, Receiver

MS_BETWEEN = 0.002


class Stream:
    """Sends events, one after the other, from a thread of its own; `sent` are the acknowledged ones, in order."""

    def __init__(self, url, key):
        self.sent = []
        self._url, self._key = url, key
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        with httpx.Client(timeout=30) as http:
            number = 0
            while not self._stopping.wait(MS_BETWEEN):
                body = {"userId": "ada", "event": "Ticked", "messageId": f"{self._key[:6]}-{number}"}
                assert http.post(f"{self._url}/v1/track", json=body, auth=(self._key, "")).status_code == 200
                self.sent.append(body["messageId"])
                number += 1

    def wait_for(self, more):
        goal, deadline = len(self.sent) + more, time.monotonic() + WAIT_SECONDS
        while len(self.sent) < goal:
            assert time.monotonic() < deadline, "the stream stands still"
            self._stopping.wait(MS_BETWEEN)

    def stop(self):
        self._stopping.set()
        self._thread.join()
        return self.sent


@pytest.fixture
def second():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def stream(headwater):
    made = Stream(headwater.url, headwater.source("website"))
    yield made
    made.stop()


def ids(receiver):
    return [body["messageId"] for body in receiver.bodies]


def test_settings_changed_under_load_lose_nothing_and_take_effect_with_the_answer(headwater, receiver, second, stream):
    destination = headwater.webhook(receiver)
    stream.wait_for(20)
    receiver.wait_until(bool, "something before the change")
    headwater.cli("update", "destination", destination, "--set", f"url={second.url}")
    before = len(receiver.bodies)
    stream.wait_for(20)
    sent = stream.stop()
    first = min(sent.index(one) for one in ids(receiver))

    missing = {*sent[first:]} - {*ids(receiver)}

    second.wait_until(lambda _: {*ids(second)} >= missing, "all that the first one did not get")
    assert before == len(receiver.bodies)  # none after the command's end
    assert sorted(sent[first:]) == sorted([*ids(receiver), *ids(second)])


def test_nothing_is_sent_to_a_deleted_destination_once_the_command_has_returned(headwater, receiver, stream):
    destination = headwater.webhook(receiver)
    receiver.wait_until(lambda bodies: len(bodies) > 10, "some events")
    done = headwater.cli("delete", "destination", destination)
    count, old = len(receiver.bodies), ids(receiver)[0]
    stream.wait_for(30)
    [new] = stream.stop()[-1:]
    old_trace = headwater.api("GET", f"/api/trace/{old}")["deliveries"]

    assert "Deleted Webhooks." in done.stderr
    assert count == len(receiver.bodies)
    assert [("Webhooks", "delivered")] == [(one["name"], one["state"]) for one in old_trace]
    assert [] == headwater.api("GET", f"/api/trace/{new}")["deliveries"]
    headwater.api("GET", f"/api/destinations/{destination}", status=404)


def test_dead_letters_go_with_their_destination_and_the_trace_remains(headwater, receiver):
    key = headwater.source("website")
    receiver.status = 400
    destination = headwater.webhook(receiver)
    httpx.post(f"{headwater.url}/v1/track", json={"userId": "a", "event": "E", "messageId": "m1"}, auth=(key, ""))
    receiver.wait_until(lambda bodies: bodies, "the event")
    wait_for(lambda: headwater.api("GET", f"/api/dead-letters?destination={destination}")["dead_letters"])
    headwater.cli("delete", "destination", destination)
    trace = headwater.api("GET", "/api/trace/m1")["deliveries"]

    assert [] == headwater.api("GET", f"/api/dead-letters?destination={destination}")["dead_letters"]
    assert ["rejected"] == [one["state"] for one in trace]


def test_what_happens_while_a_destination_is_off_passes_it_by_and_what_came_before_still_arrives(
    headwater, receiver, stream
):
    destination = headwater.webhook(receiver)
    receiver.wait_until(lambda bodies: len(bodies) > 5, "some events")
    receiver.status = 503
    stream.wait_for(20)
    waiting = stream.sent[-1]
    headwater.cli("update", "destination", destination, "--disable")
    off_from = len(stream.sent) + 1  # one may be on its way just now
    stream.wait_for(20)
    missed = stream.sent[off_from:-1]
    off = headwater.api("GET", f"/api/trace/{missed[0]}")["deliveries"]
    receiver.status = 200
    headwater.cli("update", "destination", destination, "--enable")
    stream.wait_for(5)
    last = stream.stop()[-1]

    receiver.wait_until(lambda _: {waiting, last} <= set(ids(receiver)), "the first and the last event")
    assert set() == {*missed} & {*ids(receiver)}
    assert [("filtered", "DESTINATION_WAS_DISABLED")] == [(one["state"], one["reason"]) for one in off]
    again = headwater.api("GET", f"/api/trace/{missed[0]}")["deliveries"]
    assert off == again


def wait_for(question):
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := question()):
        assert time.monotonic() < deadline
    return found
