"""The delivery log of Actions, from outside: every call is there, a kill takes none but the newest, redrive works."""

import json
import time

import httpx

from acceptance.action_log import wait_for_state
from acceptance.conftest import WAIT_SECONDS, Headwater, Receiver, segment_hook

WRITE_KEY = "write-key-0123456789"


def everything_written(headwater: Headwater) -> bytes:
    return b"".join(file.read_bytes() for file in headwater.data.glob("actions.db*"))


def test_an_inline_call_is_in_the_log_with_cause_and_answer_and_a_kill_does_not_take_it(headwater, receiver):
    headwater.add_hook(segment_hook(receiver.url, WRITE_KEY, id="crm"))
    receiver.status = 400
    flow = httpx.get(headwater.url + "/self-service/registration/api").json()
    body = {"method": "password", "password": "correct horse battery", "traits": {"email": "ada@example.com"}}
    assert 502 == httpx.post(flow["ui"]["action"], json=body, timeout=30).status_code
    wait_for_state(headwater, "failed", action="crm")
    headwater.kill()
    headwater.start()
    search = ("list", "action-deliveries", "--action", "crm", "--flow", flow["id"], "--format", "json")
    [failed] = json.loads(headwater.cli(*search).stdout)["action_deliveries"]

    assert ("inline", "failed", [400]) == (
        failed["mode"],
        failed["state"],
        [one["status"] for one in failed["attempts"]],
    )
    assert "400" in failed["reason"]
    opened = json.loads(headwater.cli("get", "action-delivery", failed["trigger_id"], "--format", "json").stdout)
    assert ("ada@example.com", 400) == (opened["context"]["identity"]["traits"]["email"], opened["response"]["status"])
    assert {"Authorization": "withheld", "Content-Type": "application/json"} == opened["request"]["headers"]
    assert receiver.requests[0][0]["ory-webhook-trigger-id"] == failed["trigger_id"]

    receiver.status = 200
    assert 200 == httpx.post(flow["ui"]["action"], json=body, timeout=30).status_code
    again = wait_for_state(headwater, "delivered")
    assert (failed["trigger_id"], [400, 200]) == (again["trigger_id"], [one["status"] for one in again["attempts"]])
    written = everything_written(headwater)
    credential = receiver.requests[0][0]["authorization"].split()[1]
    assert [] == [secret for secret in (WRITE_KEY, credential, "ada@example.com") if secret.encode() in written]


def test_a_queued_call_that_was_given_up_is_a_dead_letter_and_a_redrive_delivers_it(headwater, receiver):
    receiver.status = 400
    headwater.add_hook(segment_hook(receiver.url, WRITE_KEY, response={"ignore": True}))
    person = headwater.register("eve@example.com")["identity"]["id"]
    rejected = wait_for_state(headwater, "rejected", identity=person)
    letters = json.loads(headwater.cli("list", "dead-letters", "--destination", "actions", "--format", "json").stdout)[
        "dead_letters"
    ]
    assert [rejected["trigger_id"]] == [letter["message_id"] for letter in letters]

    receiver.status = 200
    redrive = ("redrive", "dead-letters", "--destination", "actions", "--format", "json")
    headwater.cli(*redrive, "--id", str(letters[0]["id"] + 1), code=1)
    sent = headwater.cli(*redrive, "--id", str(letters[0]["id"]))
    assert 1 == json.loads(sent.stdout)["redriven"]
    delivered = wait_for_state(headwater, "delivered", identity=person)

    assert ("queued", [400, 200]) == (delivered["mode"], [one["status"] for one in delivered["attempts"]])
    trace = json.loads(headwater.cli("get", "trace", delivered["trigger_id"], "--format", "json").stdout)
    assert "delivered" == trace["action"]["state"]


def test_a_destinations_dead_letters_are_sent_again(headwater, receiver):
    write_key = headwater.source()
    destination = headwater.webhook(receiver)
    receiver.status = 400
    event = {"userId": "ada", "event": "e", "messageId": "m1"}
    httpx.post(headwater.url + "/v1/track", json=event, auth=(write_key, ""))
    receiver.wait_until(bool, "the event")
    receiver.status = 200
    deadline = time.monotonic() + WAIT_SECONDS
    redriven = 0
    while not redriven and time.monotonic() < deadline:
        redriven = headwater.api("POST", "/api/dead-letters/redrive", {"destination": destination})["redriven"]
    receiver.wait_until(lambda bodies: len(bodies) == 2, "the event, again")

    assert 1 == redriven


def test_a_call_that_was_queued_because_its_receiver_was_down_shows_both_kinds_of_attempts(headwater):
    dead = Receiver()
    dead.close()
    headwater.add_hook(segment_hook(dead.url, WRITE_KEY, response={"on_error": "queue"}))
    person = headwater.register("eve@example.com")["identity"]["id"]
    retrying = wait_for_state(headwater, "retrying", identity=person)

    assert "inline" == retrying["attempts"][0]["mode"]
    assert "queued" == retrying["attempts"][-1]["mode"]
    alive = Receiver(dead.port)
    try:
        delivered = wait_for_state(headwater, "delivered", identity=person)
        assert 200 == delivered["attempts"][-1]["status"]
    finally:
        alive.close()
