"""Rate limits from outside: whoever sends too much is told when to come again, and the official client does."""

from contextlib import closing
from importlib.metadata import version

import httpx
import pytest
from segment.analytics.client import Client

from acceptance.arrivals import as_logged, unstamped
from acceptance.conftest import Headwater
from acceptance.shelf import message_ids

OVERALL = 100
OF_THE_SOURCE = 30
EVENTS = 90
MANY = 200


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    with closing(Headwater(tmp_path_factory.mktemp("limited") / "data", HEADWATER_RATE_LIMIT=str(OVERALL))) as server:
        server.start()
        yield server


def refusal_of_a_burst(installation, write_key, *, prefix):
    """Send single events as fast as it goes; return the ids acked until the first refusal, and the refusal."""
    acked = []
    with httpx.Client(base_url=installation.url, auth=(write_key, "")) as client:
        for number in range(MANY):
            event = {"userId": "mallory", "event": "e", "messageId": f"{prefix}{number}"}
            answer = client.post("/v1/track", json=event)
            if answer.status_code != 200:
                return acked, answer
            acked.append(event["messageId"])
    pytest.fail(f"{MANY} events were taken at once.")


def batch(installation, write_key, *, prefix):
    events = [{"type": "track", "userId": "ada", "event": "e", "messageId": f"{prefix}{n}"} for n in range(MANY)]
    return httpx.post(installation.url + "/v1/batch", json={"batch": events}, auth=(write_key, ""))


def assert_it_says_when(answer):
    assert 429 == answer.status_code
    assert "rate_limited" == answer.json()["code"]
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["retry-after"] == answer.headers["x-ratelimit-reset"]
    assert "*" == answer.headers["access-control-allow-origin"]
    assert "x-ratelimit-reset" in answer.headers["access-control-expose-headers"].lower()


def test_a_source_beyond_its_limit_is_refused_and_its_neighbour_is_not(limited):
    limited.cli("create", "source", "greedy", "--rate-limit", str(OF_THE_SOURCE))
    made = limited.api("GET", "/api/sources/greedy")
    write_key = made["write_keys"][0]["key"]
    acked, answer = refusal_of_a_burst(limited, write_key, prefix="g")

    assert_it_says_when(answer)
    assert len(acked) >= OF_THE_SOURCE
    assert acked == message_ids(limited.data, source=made["id"])
    neighbour = limited.source("neighbour")
    event = {"userId": "ada", "event": "e"}
    assert 200 == httpx.post(limited.url + "/v1/track", json=event, auth=(neighbour, "")).status_code


def test_all_sources_together_stay_below_the_servers_limit(limited):
    one, other = limited.source("one"), limited.source("other")
    assert 200 == batch(limited, one, prefix="o").status_code  # overdraws, once
    answer = batch(limited, other, prefix="p")

    assert_it_says_when(answer)
    assert [] == [each for each in message_ids(limited.data) if each.startswith("p")]


def test_the_official_client_waits_as_told_and_everything_arrives_once_and_whole(limited, receiver):
    write_key = limited.connected_source("eager", receiver, rate_limit=OF_THE_SOURCE)
    errors = []
    client = Client(
        write_key,
        host=limited.url,
        upload_size=15,
        upload_interval=0.05,
        on_error=lambda error, _: errors.append(error),
    )
    for number in range(EVENTS):
        client.track("ada", "e", {"n": number}, message_id=f"e{number}")
    client.flush()
    client.join()

    context = {"library": {"name": "analytics-python", "version": version("segment-analytics-python")}}
    also = {"type": "track", "userId": "ada", "event": "e", "context": context, "integrations": {}}
    assert [] == errors
    came = receiver.wait_until(lambda bodies: len(bodies) >= EVENTS, f"{EVENTS} events")
    events = {event["messageId"]: event for event in as_logged(came, headwater=limited, write_key=write_key)}
    # By id: the client puts a refused batch at the end of its queue.
    assert {f"e{number}": {**also, "properties": {"n": number}} for number in range(EVENTS)} == {
        message_id: unstamped(event, message_id=message_id) for message_id, event in events.items()
    }
    assert limited.api("GET", "/api/status")["collect"]["rate_limited"] > 0
