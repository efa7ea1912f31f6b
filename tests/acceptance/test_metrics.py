"""Metrics of a real server: both processes, both doors, over a kill."""

import json
import socket
import time
from contextlib import closing

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from acceptance.conftest import WAIT_SECONDS, Headwater

EVENTS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def headwater(tmp_path):
    port = free_port()
    with closing(Headwater(tmp_path / "data", HEADWATER_ADMIN_LISTEN=f"127.0.0.1:{port}")) as running:
        running.start()
        running.admin = f"http://127.0.0.1:{port}"
        yield running


def until(get, is_so):
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so(found := get()):
        assert time.monotonic() < deadline, found
    return found


def track(headwater, key, prefix):
    for number in range(EVENTS):
        body = {"userId": "ada", "event": "Ticked", "messageId": f"{prefix}{number}"}
        assert httpx.post(f"{headwater.url}/v1/track", json=body, auth=(key, "")).status_code == 200


def page(headwater):
    """Read the page as a stock Prometheus would that knows of Kratos's admin port: without a key."""
    answer = httpx.get(f"{headwater.admin}/metrics/prometheus")
    assert answer.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in parsed(answer.text)
        for sample in family.samples
    }


def test_deliveries_are_counted_over_both_doors_and_over_a_kill(headwater, receiver):
    key = headwater.source("website")
    destination = headwater.webhook(receiver)
    track(headwater, key, "before")

    def told():
        return headwater.api("GET", f"/api/destinations/{destination}/metrics")

    found = until(
        told,
        lambda metrics: metrics["delivered"] == EVENTS and metrics["lane"] and metrics["lane"]["lag_seconds"] == 0.0,
    )
    assert found["lane"]["breaker"] == "closed"
    assert found["lane"]["recent"]["attempts_per_second"] > 0
    assert 0 < found["latency"]["p50_ms"] <= found["latency"]["p99_ms"]

    headwater.kill()
    headwater.start()
    track(headwater, key, "after")
    until(told, lambda metrics: metrics["delivered"] == 2 * EVENTS)
    assert told()["counting_since"] == found["counting_since"]

    samples = until(lambda: page(headwater), lambda found: found["headwater_readers_up",] == 1)
    delivered = ("destination", destination), ("outcome", "delivered"), ("reason", "")
    assert samples["headwater_deliveries_total", *delivered] == 2 * EVENTS
    assert samples["headwater_events_total", ("result", "stored")] == EVENTS  # since this start
    assert samples["headwater_log_events",] == 2 * EVENTS
    assert samples["headwater_log_reader_lag_events", ("reader", destination)] == 0
    assert samples["process_resident_memory_bytes",] > 0
    assert samples["headwater_readers_process_resident_memory_bytes",] > 0
    assert httpx.get(f"{headwater.url}/metrics/prometheus").status_code == 401

    shown = headwater.cli("get", "destination-metrics", destination).stdout
    assert "DELIVERED" in shown
    status = json.loads(headwater.cli("get", "status", "--format", "json").stdout)
    assert status["deliver"]["destinations"][0]["delivered"] == 2 * EVENTS
    assert status["deliver"]["lanes_unknown_because"] is None
    headwater.cli("get", "status")

    headwater.stop()
    alone = json.loads(headwater.cli("get", "destination-metrics", destination, "--format", "json").stdout)
    assert alone["delivered"] == 2 * EVENTS
    assert alone["lane"] is None
