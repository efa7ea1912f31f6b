"""The founding story, as its users meet it."""

import json
import subprocess
import sys

import httpx
import pytest
import segment.analytics
from ory_kratos_client import ApiClient, Configuration, FrontendApi, IdentityApi
from ory_kratos_client.models import UpdateRegistrationFlowBody, UpdateRegistrationFlowWithPasswordMethod

from acceptance.conftest import Receiver, clean_environment, segment_hook

SEGMENT = "https://api.segment.io/v1/identify"


def of_type(kind):
    return lambda bodies: any(body["type"] == kind for body in bodies)


def test_headwater_demo_plays_the_story_from_an_empty_folder(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "headwater.cli", "demo"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=100,
        env=clean_environment(),
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Dorothy presses “Sign up with Acme”" in done.stdout
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("at", ["registration/after", "registration/after/password"])
def test_a_registration_by_the_official_client_reaches_the_tool_once(headwater, receiver, at):
    write_key = headwater.source()
    headwater.webhook(receiver)
    headwater.add_hook(segment_hook(SEGMENT, write_key), at)
    with ApiClient(Configuration(host=headwater.url)) as client:
        frontend = FrontendApi(client)
        flow = frontend.create_native_registration_flow()
        body = UpdateRegistrationFlowBody(
            UpdateRegistrationFlowWithPasswordMethod(
                method="password", password="correct horse battery", traits={"email": "ada@example.com"}
            )
        )
        done = frontend.update_registration_flow(flow=flow.id, update_registration_flow_body=body)
        session = frontend.to_session(x_session_token=done.session_token)
    (arrived,) = receiver.wait_until(lambda bodies: len(bodies) == 1, "the identify call")
    trace = json.loads(headwater.cli("get", "trace", arrived["messageId"], "--format", "json").stdout)

    assert (done.identity.id, {"email": "ada@example.com"}) == (arrived["userId"], arrived["traits"])
    assert session.identity.id == done.identity.id
    assert ("delivered", 200) == (trace["deliveries"][0]["state"], trace["deliveries"][0]["attempts"][0]["status"])
    assert "tracking-alias" == trace["via"]


def test_the_official_ory_client_reads_lists_and_deletes_an_identity(headwater):
    made = headwater.register("ada@example.com")["identity"]["id"]
    token = json.loads((headwater.data / "server.json").read_text())["token"]
    with ApiClient(Configuration(host=headwater.url)) as client:
        client.default_headers["Authorization"] = f"Bearer {token}"
        admin = IdentityApi(client)
        shown = admin.get_identity(made)
        listed = admin.list_identities()
        admin.delete_identity(made)
        left = admin.list_identities()

    assert ([made], []) == ([one.id for one in listed], left)
    assert {"email": "ada@example.com"} == shown.traits


def test_a_track_by_the_official_segment_client_reaches_the_tool(headwater, receiver):
    write_key = headwater.source()
    headwater.webhook(receiver)
    problems = []
    client = segment.analytics.Client(
        write_key, host=headwater.url, on_error=lambda error, _: problems.append(error), gzip=True
    )
    client.track("ada", "Order Completed", {"revenue": 39.95}, message_id="order-1")
    client.shutdown()
    (arrived,) = receiver.wait_until(of_type("track"), "the track call")

    assert [] == problems
    assert ("order-1", "ada", {"revenue": 39.95}) == (arrived["messageId"], arrived["userId"], arrived["properties"])


def test_with_the_receiver_of_an_action_down_people_still_register_and_the_call_arrives_later(headwater):
    write_key = headwater.source()
    dead = Receiver()
    dead.close()
    headwater.add_hook(segment_hook(dead.url, write_key, response={"on_error": "queue"}))
    person = headwater.register("eve@example.com")["identity"]["id"]
    alive = Receiver(dead.port)
    try:
        (arrived,) = alive.wait_until(bool, "the queued call")
    finally:
        alive.close()

    assert person == arrived["userId"]


def test_with_the_receiver_down_and_the_default_the_flow_fails_and_resubmitting_is_no_duplicate(headwater, receiver):
    headwater.add_hook(segment_hook(receiver.url, "key"))
    receiver.status = 400
    flow = httpx.get(headwater.url + "/self-service/registration/api").json()
    body = {"method": "password", "password": "correct horse battery", "traits": {"email": "ada@example.com"}}
    failed = httpx.post(flow["ui"]["action"], json=body, timeout=30)
    receiver.status = 200
    again = httpx.post(flow["ui"]["action"], json=body, timeout=30)

    assert (502, 200) == (failed.status_code, again.status_code)
    assert 1 == len({body["userId"] for body in receiver.bodies})


def test_an_unreachable_destination_does_not_make_the_event_disappear(headwater):
    write_key = headwater.source()
    dead = Receiver()
    dead.close()
    headwater.webhook(dead)
    answer = httpx.post(
        headwater.url + "/v1/track",
        json={"userId": "ada", "event": "e", "messageId": "m1"},
        auth=(write_key, ""),
    )
    alive = Receiver(dead.port)
    try:
        (arrived,) = alive.wait_until(bool, "the event")
    finally:
        alive.close()

    assert 200 == answer.status_code
    assert "m1" == arrived["messageId"]
