"""Segment's own server clients and plain curl, unmodified: each call is compared field by field where it comes out."""

import json
import subprocess
from base64 import urlsafe_b64encode
from importlib.metadata import version
from typing import Any

import pytest
from segment.analytics.client import Client

from acceptance.arrivals import UUID, as_logged, by_type, unstamped
from acceptance.programs import CLIENTS, need, need_npm_clients

NODE_ID = rf"node-next-\d{{13}}-{UUID}"
TIMES = {"timestamp": "2026-11-23T10:00:00.000Z", "sentAt": "2026-11-23T10:00:01.000Z"}

# What a person of each test did; the clients say it in their own ways.
IDENTIFY = {"userId": "ada", "traits": {"email": "ada@example.com", "plan": "pro"}}
TRACK = {"userId": "ada", "event": "Order Completed", "properties": {"revenue": 39.95, "products": [{"sku": "ж-1"}]}}
PAGE = {"userId": "ada", "category": "Help", "name": "Docs", "properties": {"path": "/docs"}}
SCREEN = {"anonymousId": "phone", "category": "Shop", "name": "Basket", "properties": {"items": 2}}
GROUP = {"userId": "ada", "groupId": "analysts", "traits": {"seats": 12}}
ALIAS = {"userId": "ada", "previousId": "phone"}
SIX = {"identify": IDENTIFY, "track": TRACK, "page": PAGE, "screen": SCREEN, "group": GROUP, "alias": ALIAS}


def expected(also: dict[str, Any]) -> dict[str, Any]:
    """Return the six events as they must come out, with what this client adds to each."""
    return {kind: {"type": kind, "integrations": {}, **call, **also} for kind, call in SIX.items()}


@pytest.fixture
def source(shared_headwater, receiver, request):
    """A source of this test's own, whose events come out at `receiver`; its write key."""
    return shared_headwater.connected_source(request.node.name[-40:], receiver)


@pytest.fixture
def arrived(shared_headwater, receiver):
    """Returns the events once `count` came out, and checks that they are what stands in the log, once each."""

    def wait(count: int, *, write_key: str) -> list[Any]:
        events = receiver.wait_until(lambda bodies: len(bodies) >= count, f"{count} events")
        return as_logged(events, headwater=shared_headwater, write_key=write_key)

    return wait


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
def test_no_field_of_the_python_clients_six_calls_is_lost(shared_headwater, source, arrived, gzip):
    errors = []
    client = Client(source, host=shared_headwater.url, gzip=gzip, on_error=lambda error, _: errors.append(error))
    client.identify("ada", IDENTIFY["traits"])
    client.track("ada", TRACK["event"], TRACK["properties"])
    client.page("ada", PAGE["category"], PAGE["name"], PAGE["properties"])
    client.screen(None, SCREEN["category"], SCREEN["name"], SCREEN["properties"], anonymous_id="phone")
    client.group("ada", GROUP["groupId"], GROUP["traits"])
    client.alias("phone", "ada")
    client.shutdown()

    library = {"name": "analytics-python", "version": version("segment-analytics-python")}
    assert [] == errors
    assert expected({"context": {"library": library}}) == by_type(arrived(6, write_key=source))


def run_node_client(url: str, write_key: str, *, flush_at: int) -> int:
    """Make the six calls and return how many requests that took."""
    node, clients = need_npm_clients()
    ran = subprocess.run(
        [node, str(clients / "six_calls.mjs"), url, write_key, str(flush_at)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert 0 == ran.returncode, ran.stdout + ran.stderr
    return int(ran.stdout)


def expected_of_node() -> dict[str, Any]:
    client = json.loads((CLIENTS / "package.json").read_text())["dependencies"]["@segment/analytics-node"]
    runtime = subprocess.run([need("node"), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    library = {"name": "@segment/analytics-node", "version": client}
    six = expected({"context": {"library": library}, "_metadata": {"nodeVersion": runtime, "jsRuntime": "node"}})
    six["page"]["properties"] = {**PAGE["properties"], "category": PAGE["category"]}  # this client says it twice
    return six


def test_no_field_of_the_node_clients_six_calls_is_lost(shared_headwater, source, arrived):
    run_node_client(shared_headwater.url, source, flush_at=6)

    assert expected_of_node() == by_type(arrived(6, write_key=source), message_id=NODE_ID)


def test_the_node_client_that_was_too_fast_waits_as_told_and_loses_nothing(shared_headwater, receiver, arrived):
    key = shared_headwater.connected_source("too fast for node", receiver, rate_limit=1)

    requests = run_node_client(shared_headwater.url, key, flush_at=3)

    assert requests > 2, "two batches in two requests: no batch was refused"
    assert expected_of_node() == by_type(arrived(6, write_key=key), message_id=NODE_ID)


def curl(*arguments: str) -> tuple[str, bytes]:
    """Return status with content type, and the body."""
    written = ["--write-out", "\n%{http_code} %{content_type}"]
    ran = subprocess.run(
        [need("curl"), "--silent", "--show-error", "--max-time", "20", *written, *arguments],
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert 0 == ran.returncode, ran.stderr.decode()
    body, _, status = ran.stdout.rpartition(b"\n")
    return status.decode(), body


def test_no_field_of_curls_six_calls_is_lost(shared_headwater, source, arrived):
    for kind, call in SIX.items():
        body = json.dumps({**call, **TIMES, "messageId": f"curl-{kind}"})
        status, answer = curl(f"{shared_headwater.url}/v1/{kind}", "--user", f"{source}:", "--json", body)
        assert ("200 application/json", {"success": True}) == (status, json.loads(answer))

    assert expected({"context": {}}) == by_type(arrived(6, write_key=source), message_id="curl-[a-z]+")


def test_a_batch_by_curl_comes_out_once_though_it_is_sent_twice(shared_headwater, source, receiver, arrived):
    context = {"library": {"name": "curl", "version": "1"}, "locale": "en-GB"}
    items = [{"type": kind, **call, "messageId": f"b-{kind}", **TIMES} for kind, call in SIX.items()]
    items[0]["context"] = {"locale": "ru-RU"}
    body = json.dumps({"batch": items, "sentAt": TIMES["sentAt"], "context": context, "integrations": {"All": True}})

    for _ in range(2):
        status, answer = curl(f"{shared_headwater.url}/v1/batch", "--user", f"{source}:", "--data", body)
        assert (200, {"success": True}) == (int(status.split()[0]), json.loads(answer))
    mark = json.dumps({"userId": "ada", "event": "After both", "messageId": "b-mark"})
    curl(f"{shared_headwater.url}/v1/track", "--user", f"{source}:", "--data", mark)

    receiver.wait_until(lambda bodies: any(event["messageId"] == "b-mark" for event in bodies), "the mark")
    events = arrived(7, write_key=source)
    wanted = expected({"context": context, "integrations": {"All": True}})
    wanted["identify"]["context"] = {**context, "locale": "ru-RU"}
    assert wanted == by_type([event for event in events if event["messageId"] != "b-mark"], message_id="b-[a-z]+")


def test_a_pixel_by_curl_counts_though_its_base64_has_no_padding(shared_headwater, source, arrived):
    call = {"writeKey": source, "userId": "ada", "event": "Email Opened", "properties": {"subject": "???>>> ж"}}
    data = urlsafe_b64encode(json.dumps({**call, "messageId": "pixel-1", **TIMES}).encode()).decode().rstrip("=")

    status, answer = curl(f"{shared_headwater.url}/v1/pixel/track?data={data}", "--user-agent", "Mail/1.0")

    assert "200 image/gif" == status
    assert answer.startswith(b"GIF89a")
    (event,) = arrived(1, write_key=source)
    assert {"ip": "127.0.0.1", "userAgent": "Mail/1.0"} == event["context"]
    del call["writeKey"]
    wanted = {"type": "track", **call, "context": event["context"], "integrations": {}}
    assert wanted == unstamped(event, message_id="pixel-1")
