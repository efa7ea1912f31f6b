"""A destination routed, on the real server: mapped, filtered, changed under load, shadow before live, tried out."""

import json

import httpx
import pytest

from acceptance.test_destinations_changed import Stream, wait_for

FIRST = "function(event) {id: event.messageId, version: 1}\n"
SECOND = '{"id": {"@path": "$.messageId"}, "version": 2}'


@pytest.fixture
def website(headwater):
    """Return what sends a track of Ada's to the source `website`."""
    key = headwater.source("website")

    def send(message_id, event="Order", **properties):
        body = {"userId": "ada", "event": event, "messageId": message_id, "properties": properties}
        assert 200 == httpx.post(f"{headwater.url}/v1/track", json=body, auth=(key, "")).status_code

    return send


@pytest.fixture
def files(tmp_path):
    (tmp_path / "first.jsonnet").write_text(FIRST)
    (tmp_path / "second.json").write_text(SECOND)
    return tmp_path


def create(headwater, receiver, *flags):
    url = f"url={receiver.url}"
    made = headwater.cli(
        *("create", "destination", "webhook", "--source", "website", "--set", url, *flags, "--format", "json")
    )
    return json.loads(made.stdout)["id"]


def states(headwater, message_id):
    return [(one["state"], one.get("reason")) for one in headwater.api("GET", f"/api/trace/{message_id}")["deliveries"]]


def test_what_matches_arrives_mapped_and_the_rest_is_traced_with_its_reason(headwater, receiver, website, files):
    mapping = ("--mapping", str(files / "first.jsonnet"), "--trigger", 'event = "Order"')
    destination = create(
        headwater, receiver, *mapping, "--filter", "properties.paid = true", "--drop", "properties.test = true"
    )
    website("paid", paid=True)
    website("unpaid", paid=False)
    website("tested", paid=True, test=True)
    website("other", event="Viewed", paid=True)
    receiver.wait_until(lambda bodies: bodies, "the paid order")
    wait_for(lambda: states(headwater, "other") != [("pending", None)])
    shown = headwater.cli("get", "destination", destination).stdout

    assert [{"id": "paid", "version": 1}] == receiver.bodies
    for message_id, reason in (("unpaid", "FILTERED_BY_RULES"), ("tested", "FILTERED_BY_RULES")):
        ((state, why),) = states(headwater, message_id)
        assert state == "filtered"
        assert why.startswith(reason)
    assert [("filtered", "NO_MATCHING_MAPPING")] == states(headwater, "other")
    assert "keep only properties.paid = true" in shown
    assert FIRST.strip() in shown


def test_a_mapping_changed_under_load_loses_nothing_and_doubles_nothing(headwater, receiver, files):
    stream = Stream(headwater.url, headwater.source("website"))
    try:
        destination = create(headwater, receiver, "--mapping", str(files / "first.jsonnet"), "--start", "beginning")
        receiver.wait_until(lambda bodies: len(bodies) > 20, "some events before the change")
        headwater.cli("update", "destination", destination, "--mapping", str(files / "second.json"))
        changed_at = len(receiver.bodies)
        stream.wait_for(20)
    finally:
        sent = stream.stop()
    receiver.wait_until(lambda bodies: {one["id"] for one in bodies} >= {*sent}, "every event")

    assert sorted(sent) == sorted(one["id"] for one in receiver.bodies)
    assert {1, 2} == {one["version"] for one in receiver.bodies}
    assert {2} == {one["version"] for one in receiver.bodies[changed_at:]}


def test_a_shadow_sends_nothing_until_it_is_live_and_then_only_what_comes(headwater, receiver, website, files):
    destination = create(headwater, receiver, "--mapping", str(files / "first.jsonnet"), "--mode", "shadow")
    website("m1")
    wait_for(lambda: states(headwater, "m1") == [("filtered", "SHADOW")])
    headwater.cli("update", "destination", destination, "--mode", "live")
    website("m2")
    receiver.wait_until(lambda bodies: bodies, "the second event")

    assert [{"id": "m2", "version": 1}] == receiver.bodies
    assert [("filtered", "SHADOW")] == states(headwater, "m1")


def test_it_is_tried_on_real_events_without_a_trace_and_sent_only_when_told_to(headwater, receiver, website, files):
    destination = create(headwater, receiver, "--mode", "shadow")
    website("m1")
    wait_for(lambda: states(headwater, "m1") == [("filtered", "SHADOW")])
    tried = ("test", "destination", destination, "--last", "1", "--mapping", str(files / "second.json"))
    dry = headwater.cli(*tried)
    nothing = list(receiver.bodies)
    sent = headwater.cli(*tried, "--send")
    ((headers, body),) = receiver.requests

    assert [] == nothing
    assert f"POST {receiver.url}" in dry.stdout
    assert '"version": 2' in dry.stdout
    assert "# Delivered." in sent.stdout
    assert ({"id": "m1", "version": 2}, "true") == (body, headers["headwater-test"])
    assert [("filtered", "SHADOW")] == states(headwater, "m1")


def test_a_configuration_file_routes_and_shows_what_it_would_change(headwater, receiver, website, files):
    create(headwater, receiver)
    website("m1")
    receiver.wait_until(lambda bodies: bodies, "the first event")
    plan = files / "plan.yaml"
    plan.write_text(
        "version: 1\ndestinations:\n- kind: webhook\n  mapping: file://first.jsonnet\n"
        "  filters:\n  - {fql: 'event = \"Order\"', action: keep}\n"
    )
    planned = headwater.cli("plan", str(plan), "--last", "1").stdout
    headwater.cli("apply", str(plan), "--yes")
    website("m2")
    receiver.wait_until(lambda bodies: len(bodies) == 2, "the second event")

    assert "changed: m1 of" in planned
    assert {"id": "m2", "version": 1} == receiver.bodies[1]
    assert "first.jsonnet" not in headwater.cli("get", "config").stdout


def test_who_is_suppressed_is_neither_stored_nor_sent_again(headwater, receiver, website):
    destination = create(headwater, receiver)
    website("before")
    receiver.wait_until(lambda bodies: bodies, "the event of before")
    headwater.cli("create", "suppression", "ada")
    website("meanwhile")
    again = ("replay", "--destination", destination, "--since", "1h", "--wait", "--format", "json")
    outcomes = json.loads(headwater.cli(*again).stdout)["outcomes"]
    headwater.cli("delete", "suppression", "ada")
    website("after")
    receiver.wait_until(lambda bodies: len(bodies) > 1, "the event of after")

    assert ["before", "after"] == [body["messageId"] for body in receiver.bodies]
    assert {"delivered": 0, "filtered": 1}.items() <= outcomes.items()
    rejected = headwater.api("GET", "/api/rejected-events")["rejected_events"]
    assert [("website", "user_suppressed", 1)] == [(one["source"], one["code"], one["count"]) for one in rejected]
