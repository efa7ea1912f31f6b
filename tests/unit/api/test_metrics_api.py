"""/api/destinations/{id}/metrics and /metrics/prometheus, over what a ledger holds, with and without who delivers."""

from base64 import b64encode
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from fresh_rooms import client_of
from headwater.core.event import Record
from headwater.core.outcomes import State
from headwater.deliver.ledger import Ledger
from headwater.deliver.settlement import Attempt, DeadLetter, Settlement
from headwater.web.call import Call

LANE = {
    "cursor": 3,
    "lag": 7,
    "lag_seconds": 2.5,
    "breaker": "open",
    "requests_per_second": 4.0,
    "retrying": 9,
    "dead": 9,
    "recent": {"seconds": 60.0, "attempts_per_second": 1.5, "latency": {"count": 0}},
    "problem": None,
}


@pytest.fixture
async def asked(rooms):
    async with client_of(rooms) as client:

        async def ask(method, path, body=None, *, key="token"):
            headers = {"authorization": f"Bearer {key}"} if key else {}
            return await client.request(method, path, json=body, headers=headers)

        yield ask


@pytest.fixture
async def crm(asked):
    await asked("POST", "/api/sources", {"name": "web"})
    made = {"kind": "webhook", "name": "CRM", "sources": ["web"], "settings": {"url": "https://crm.test/"}}
    return (await asked("POST", "/api/destinations", made)).json()["id"]


def attempt(offset, outcome="delivered", **changes):
    values = {"number": 1, "message_id": "m", "source": "web", "at_ms": 1_000, "status": 200, "reason": None}
    return Attempt(offset=offset, outcome=outcome, duration_ms=1, detail=None, **(values | changes))


async def settle(rooms, destination):
    """Leave behind what one delivered, one filtered and one refused event leave."""
    letter = DeadLetter(
        offset=3,
        at_ms=1_000,
        state=State.REJECTED,
        reason="the receiver answered 400 Bad Request",
        attempts=1,
        record=Record(source="web", message_id="m", type="track", body=b"{}", received_at_ms=0),
        detail=None,
        code="HTTP_400",
    )
    attempts = [
        attempt(1, latency_ms=64),
        attempt(2, "filtered", number=0, status=None, reason="NO_MATCHING_MAPPING"),
        attempt(3, "rejected", status=400),
    ]
    ledger = Ledger(rooms.folder.deliver_database, sealer=rooms.sealer)
    await ledger.settle(destination, Settlement(watermark=3, ranges=b"", attempts=attempts, dead_letters=[letter]))
    await ledger.close()


def delivering(rooms, destination):
    async def lanes():
        return [{"destination": destination, **LANE}]

    rooms.lanes = lanes


async def sample(asked, metric, /, **labels):
    page = (await asked("GET", "/metrics/prometheus")).text
    found = [
        one.value
        for family in parsed(page)
        for one in family.samples
        if one.name == metric and labels.items() <= one.labels.items()
    ]
    assert found, f"{metric}{labels} is not on the page"
    return sum(found)


async def test_a_destination_says_what_became_of_its_events_and_how_its_lane_is_doing(asked, crm, rooms):
    await settle(rooms, crm)
    delivering(rooms, crm)
    found = (await asked("GET", f"/api/destinations/{crm}/metrics")).json()

    assert {"destination": crm, "name": "CRM", "delivered": 1, "filtered": 1, "rejected": 1}.items() <= found.items()
    assert {"NO_MATCHING_MAPPING": 1} == found["reasons"]["filtered"]
    assert {"HTTP_400": 1} == found["reasons"]["rejected"]
    assert (1, 2) == (found["dead_letters"], found["attempts"])
    assert "1970-01-01T00:00:01.000Z" == found["counting_since"]
    assert 64.0 == found["latency"]["p50_ms"]
    assert {"lag": 7, "lag_seconds": 2.5, "breaker": "open"}.items() <= found["lane"].items()


async def test_what_is_counted_is_told_too_while_nobody_delivers_and_why_the_rest_is_missing(asked, crm, rooms):
    await settle(rooms, crm)
    found = (await asked("GET", f"/api/destinations/{crm}/metrics")).json()

    assert 1 == found["delivered"]
    assert found["lane"] is None
    assert "No server runs here that delivers" in found["lane_unknown_because"]


async def test_a_destination_that_is_unknown_or_had_no_event_yet(asked, crm):
    assert 404 == (await asked("GET", "/api/destinations/nowhere/metrics")).status_code
    found = (await asked("GET", f"/api/destinations/{crm}/metrics")).json()
    assert (0, None, None) == (found["delivered"], found["counting_since"], found["latency"]["p99_ms"])


async def test_queued_actions_have_metrics_of_their_own(asked, rooms):
    await settle(rooms, "@actions")

    assert 1 == (await asked("GET", "/api/destinations/actions/metrics")).json()["delivered"]


async def test_the_status_has_all_destinations(asked, crm, rooms):
    await settle(rooms, crm)
    delivering(rooms, crm)
    told = (await asked("GET", "/api/status")).json()["deliver"]

    assert [crm] == [one["destination"] for one in told["destinations"]]
    assert (1, 7) == (told["destinations"][0]["delivered"], told["destinations"][0]["lane"]["lag"])
    assert told["lanes_unknown_because"] is None


async def test_prometheus_reads_what_the_sheet_says(asked, crm, rooms):
    await settle(rooms, crm)
    delivering(rooms, crm)

    assert 1 == await sample(asked, "headwater_deliveries_total", destination=crm, outcome="delivered")
    assert 1 == await sample(asked, "headwater_deliveries_total", destination=crm, reason="NO_MATCHING_MAPPING")
    assert 1 == await sample(asked, "headwater_deliveries_total", destination=crm, reason="HTTP_400")
    assert 2 == await sample(asked, "headwater_delivery_attempts_total", destination=crm)
    assert 0 == await sample(asked, "headwater_delivery_latency_seconds_bucket", destination=crm, le="0.032")
    assert 1 == await sample(asked, "headwater_delivery_latency_seconds_bucket", destination=crm, le="0.064")
    assert 0.064 == await sample(asked, "headwater_delivery_latency_seconds_sum", destination=crm)
    assert 2.5 == await sample(asked, "headwater_delivery_lag_seconds", destination=crm)
    assert 1 == await sample(asked, "headwater_delivery_breaker", destination=crm, state="open")
    assert 1 == await sample(asked, "headwater_destination_info", destination=crm, name="CRM", kind="webhook")
    assert 0 == await sample(asked, "headwater_deliveries_total", destination="actions", outcome="delivered")


async def test_prometheus_reads_what_was_stored_what_was_turned_away_and_why(asked, rooms):
    await asked("POST", "/api/sources", {"name": "web"})
    key = (await asked("GET", "/api/sources/web")).json()["write_keys"][0]["key"]
    for body in (b'{"userId":"ada","messageId":"1","event":"A"}',) * 2 + (b'{"event":"nobody"}',):
        headers = {"authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}
        await rooms.collector.accept(Call(method="POST", path="/v1/track", headers=headers, body=body))

    assert 1 == await sample(asked, "headwater_events_total", result="stored")
    assert 1 == await sample(asked, "headwater_events_total", result="repeated")
    assert 1 == await sample(asked, "headwater_events_total", result="rejected")
    assert 1 == await sample(asked, "headwater_log_events")
    assert 0 == await sample(asked, "headwater_readers_up")
    assert 0 < await sample(asked, "process_resident_memory_bytes")


async def test_flows_are_counted_by_what_became_of_their_submits(asked):
    flow = (await asked("GET", "/self-service/registration/api", key=None)).json()
    body = {"method": "password", "password": "x", "traits": {"email": "ada@example.com"}}
    for password in ("short", "correct horse battery staple"):
        await asked("POST", flow["ui"]["action"], body | {"password": password}, key=None)

    assert 1 == await sample(asked, "headwater_flows_begun_total", flow="registration", type="api")
    assert 1 == await sample(asked, "headwater_flow_submits_total", flow="registration", result="refused")
    assert 1 == await sample(asked, "headwater_flow_submits_total", flow="registration", result="taken")


async def test_the_page_is_not_for_everybody(asked):
    assert 401 == (await asked("GET", "/metrics/prometheus", key=None)).status_code
    assert 401 == (await asked("GET", "/metrics/prometheus", key="mallory")).status_code
    viewer = (await asked("POST", "/api/keys", {"role": "viewer"})).json()["key"]
    answer = await asked("GET", "/metrics/prometheus", key=viewer)
    assert 200 == answer.status_code
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_no_name_that_an_operator_gives_breaks_the_page(asked):
    await asked("POST", "/api/sources", {"name": "web"})
    name = 'quote " back \\ line\n'
    made = {"kind": "webhook", "name": name, "sources": ["web"], "settings": {"url": "https://crm.test/"}}
    kept = (await asked("POST", "/api/destinations", made)).json()["name"]

    assert 1 == await sample(asked, "headwater_destination_info", name=kept)


async def test_every_metric_is_in_the_documentation(asked, crm, rooms):
    await settle(rooms, crm)
    delivering(rooms, crm)
    page = (await asked("GET", "/metrics/prometheus")).text
    documented = (Path(__file__).parents[3] / "docs/metrics.md").read_text()
    names = {family.name for family in parsed(page) if family.name.startswith("headwater_")}

    assert len(names) >= 20
    assert [] == sorted(name for name in names if f"`{name}" not in documented)
