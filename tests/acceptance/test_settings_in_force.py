"""Settings reach the running server: each is seen from outside, said by flags and by the environment alike."""

import json
import time
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from acceptance import forked_readers
from acceptance.conftest import WAIT_SECONDS, Headwater
from acceptance.shelf import message_ids, stored
from acceptance.test_serve import descendants

SHOP, BLOG, MALLORY = "https://shop.example", "https://blog.example", "https://mallory.example"
PUBLIC_URL = "https://cdp.example:8443/hw"
SAID = {
    "--strict": "true",
    "--dedupe-window": "1s",
    "--tracking-origin": f"{SHOP},{BLOG}",
    "--public-url": PUBLIC_URL,
    "--trusted-proxy": "127.0.0.1",
    "--allowed-host": "inner.example",
    "--log-retention-size": "200KB",
}
# A repeated setting has its plural in the environment.
VARIABLES = {
    "--tracking-origin": "HEADWATER_TRACKING_ORIGINS",
    "--trusted-proxy": "HEADWATER_TRUSTED_PROXIES",
    "--allowed-host": "HEADWATER_ALLOWED_HOSTS",
}
EVENT = {"userId": "ada", "event": "e"}
BAD = {"userId": "ada", "messageId": "bad"}
FORWARDED = {"x-forwarded-for": "198.51.100.7, 203.0.113.9"}


STORING_MS = 100


def by_flags():
    return [
        part
        for flag, text in SAID.items()
        for one in text.split(",")
        for part in ([flag] if one == "true" else [flag, one])
    ], {}


def by_environment():
    names = {flag: VARIABLES.get(flag, "HEADWATER_" + flag[2:].upper().replace("-", "_")) for flag in SAID}
    return [], {names[flag]: text for flag, text in SAID.items()}


@pytest.fixture(scope="module", params=[by_flags, by_environment], ids=["flags", "environment"])
def told(request, tmp_path_factory):
    """A server that was told all of it."""
    flags, environment = request.param()
    with closing(Headwater(tmp_path_factory.mktemp("told") / "data", *flags, **environment)) as installation:
        installation.start()
        yield installation


@pytest.fixture(scope="module")
def untold(shared_headwater):
    """A server that was told nothing."""
    return shared_headwater


def a_source(installation, **settings):
    """Create a source; return its id and its write key."""
    number = len(installation.api("GET", "/api/sources")["sources"])
    made = installation.api("POST", "/api/sources", {"name": f"source {number}", **settings}, status=201)
    return made["id"], made["write_keys"][0]["key"]


def post(installation, key, event, *, path="track", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{installation.url}/v1/{path}", json=event, auth=(key, ""), headers=names, timeout=30)


def test_a_strict_server_answers_400_and_another_one_200(told, untold):
    answers = [post(one, a_source(one)[1], BAD) for one in (told, untold)]

    assert [400, 200] == [answer.status_code for answer in answers]
    assert "event_not_defined" == answers[0].json()["code"]


def test_a_repetition_is_stored_again_once_the_window_is_over_and_not_before(told):
    source, key = a_source(told)
    event = {**EVENT, "type": "track", "messageId": "again"}
    post(told, key, {"batch": [event, event]}, path="batch")  # at the same moment: inside any window
    at_first = message_ids(told.data, source=source)
    deadline = time.monotonic() + WAIT_SECONDS
    while len(message_ids(told.data, source=source)) < 2:
        assert time.monotonic() < deadline, "the window does not end"
        post(told, key, event)
    first, second = [one.record.received_at_ms for one in stored(told.data, source=source)]

    assert ["again"] == at_first
    # The window is judged when an event is stored, a moment after it was received.
    assert second - first > 1_000 - STORING_MS


@pytest.mark.parametrize("origin", [SHOP, BLOG])
def test_a_listed_page_may_send_credentials(told, origin):
    answer = post(told, a_source(told)[1], EVENT, origin=origin)
    asked = httpx.options(told.url + "/v1/t", headers={"origin": origin, "access-control-request-method": "POST"})

    for headers in (answer.headers, asked.headers):
        assert origin == headers["access-control-allow-origin"]
        assert "true" == headers["access-control-allow-credentials"]
        assert "Origin" == headers["vary"]
    assert (200, 204) == (answer.status_code, asked.status_code)


def test_a_strangers_page_gets_no_leave_from_a_list_and_everybodys_without_one(told, untold):
    asked = {"origin": MALLORY, "access-control-request-method": "POST"}
    refused, granted = (httpx.options(one.url + "/v1/t", headers=asked).headers for one in (told, untold))

    assert [] == [name for name in refused if name.startswith("access-control-")]
    assert "*" == granted["access-control-allow-origin"]
    assert "access-control-allow-credentials" not in granted


def segment_io(installation):
    key = a_source(installation)[1]
    document = httpx.get(f"{installation.url}/v1/projects/{key}/settings").json()
    return document["integrations"]["Segment.io"]


def test_browsers_are_led_to_the_public_url(told, untold):
    public, own = segment_io(told), segment_io(untold)

    assert ("https", "cdp.example:8443/hw/v1") == (public["protocol"], public["apiHost"])
    assert ("http", f"{urlsplit(untold.url).netloc}/v1") == (own["protocol"], own["apiHost"])


def test_a_registration_goes_on_at_the_public_url(told, untold):
    actions = [httpx.get(f"{one.url}/self-service/registration/api").json()["ui"]["action"] for one in (told, untold)]

    assert [f"{PUBLIC_URL}/self-service/registration", f"{untold.url}/self-service/registration"] == [
        action.partition("?")[0] for action in actions
    ]


def ip_of_a_visitor(installation):
    source, key = a_source(installation, kind="website")
    assert 200 == post(installation, key, EVENT, **FORWARDED).status_code
    (one,) = stored(installation.data, source=source)
    return json.loads(one.record.body)["context"]["ip"]


def test_a_visitors_address_is_what_the_trusted_proxy_says_and_nobody_else(told, untold):
    """The rightmost entry is the proxy's own; what stands left of it mallory wrote."""
    assert ["203.0.113.9", "127.0.0.1"] == [ip_of_a_visitor(one) for one in (told, untold)]


@pytest.mark.parametrize("host", ["inner.example", "inner.example:4433", "cdp.example", "api.inner.example"])
def test_pages_answer_under_the_allowed_names(told, untold, host):
    statuses = [
        httpx.get(f"{one.url}/self-service/registration/api", headers={"host": host}).status_code
        for one in (told, untold)
    ]

    assert [200, 421] == statuses


def test_no_page_answers_under_a_name_that_was_not_allowed(told):
    for path in ("/self-service/registration/api", "/api/sources", "/health/ready"):
        answer = httpx.get(told.url + path, headers={"host": "mallory.example"})
        assert (path, 421) == (path, answer.status_code)


def test_a_log_larger_than_it_may_be_loses_its_oldest_segments(told):
    source, key = a_source(told)
    large = {**EVENT, "properties": {"x": "x" * 25_000}}
    sent, already = 0, told.api("GET", "/api/status")["log"]["size_bytes"]  # by other tests on this server
    deadline = time.monotonic() + WAIT_SECONDS
    while len(message_ids(told.data, source=source)) == sent:
        assert time.monotonic() < deadline, f"{sent} events of 25 KB are still there"
        assert 200 == post(told, key, large).status_code
        sent += 1
    log = told.api("GET", "/api/status")["log"]

    assert 200_000 == log["retention"]["size_bytes"]
    assert sent > (200_000 - already) // 25_000 - 2, f"it went too soon: {sent}"
    assert not (told.data / "log" / "00000001.db").exists()


@pytest.fixture(scope="module")
def collecting(tmp_path_factory):
    """A server for events and operators, and a limit said by a flag."""
    flags = ["--role", "collect", "--role", "api", "--rate-limit", "50"]
    with closing(Headwater(tmp_path_factory.mktemp("collecting") / "data", *flags)) as installation:
        installation.start()
        yield installation


@pytest.fixture(scope="module")
def identifying(tmp_path_factory):
    """A server for people and operators."""
    roles = {"HEADWATER_ROLES": "identity,api"}
    with closing(Headwater(tmp_path_factory.mktemp("identifying") / "data", **roles)) as installation:
        installation.start()
        yield installation


def readers(installation):
    return [pid for pid in descendants(installation.pid) if forked_readers.is_one(pid)]


def test_a_server_that_only_collects_stores_and_has_no_identity_and_no_readers(collecting):
    source, key = a_source(collecting)
    answer = post(collecting, key, {**EVENT, "messageId": "m1"})

    assert (200, ["m1"]) == (answer.status_code, message_ids(collecting.data, source=source))
    assert 404 == httpx.get(collecting.url + "/self-service/registration/api").status_code
    assert [] == readers(collecting)
    assert ["collect", "api"] == collecting.api("GET", "/api/status")["roles"]


def test_a_limit_said_by_a_flag_is_kept(collecting):
    key = a_source(collecting)[1]
    batch = {"batch": [{**EVENT, "type": "track"}] * 500}  # overdraws, once

    assert [200, 429] == [post(collecting, key, batch, path="batch").status_code for _ in range(2)]


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/track", "/some/v1/b"])
def test_a_server_for_identities_takes_no_events_and_says_so(identifying, path):
    key = a_source(identifying)[1]
    answer = httpx.post(identifying.url + path, json={**EVENT, "batch": []}, auth=(key, ""))

    assert 404 == answer.status_code
    assert [] == stored(identifying.data)


def test_a_server_for_identities_registers_people_and_has_no_readers(identifying):
    assert identifying.register("ada@example.com")["identity"]["id"]
    assert [] == readers(identifying)
    assert ["identity", "api"] == identifying.api("GET", "/api/status")["roles"]
