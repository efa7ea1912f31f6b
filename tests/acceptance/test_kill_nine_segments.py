"""kill -9 under load while segments end all the time: first none may go, then they go as fast as they come."""

import asyncio
import json
import random
import time
from collections import Counter

import httpx
import pytest

from acceptance.conftest import Headwater, Receiver, segment_hook
from acceptance.shelf import stored

KILLS = 2  # in each half
SENDERS = 3
BATCH = 5
KEPT = 500  # events; a segment ends after 50, more than a destination that is down is tried with
LONGEST_LIFE_SECONDS = 0.4
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.01


class Sender:
    """Sends batches one after the other; what was acked is remembered in its order."""

    def __init__(self, name):
        self.name = name
        self.acked: list[str] = []
        self._number = 0

    async def run(self, url, write_key):
        async with httpx.AsyncClient(base_url=url, auth=(write_key, "")) as client:
            while True:
                ids = [f"{self.name}-{self._number + n}" for n in range(BATCH)]
                events = [{"type": "track", "userId": "ada", "event": "e", "messageId": each} for each in ids]
                answer = await client.post("/v1/batch", json={"batch": events})
                answer.raise_for_status()
                self.acked += ids
                self._number += BATCH  # a batch without an ack comes again, after the kill


class People:
    """Register one after the other."""

    def __init__(self):
        self.registered: list[str] = []
        self._number = 0

    async def run(self, url, _write_key):
        async with httpx.AsyncClient(base_url=url) as client:
            while True:
                self._number += 1
                flow = (await client.get("/self-service/registration/api")).json()
                traits = {"email": f"person{self._number}@example.com"}
                body = {"method": "password", "password": "correct horse battery", "traits": traits}
                answer = await client.post(flow["ui"]["action"], json=body)
                self.registered.append(answer.raise_for_status().json()["identity"]["id"])


class Operator:
    """Trims the log, on and on."""

    def __init__(self, installation):
        self._installation = installation

    async def run(self, url, _write_key):
        token = json.loads((self._installation.data / "server.json").read_text())["token"]
        async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}) as client:
            while True:
                answer = await client.post("/api/log/trim", json={})
                assert answer.status_code in (200, 503), answer.text  # 503: the readers have not come up yet


async def until_killed(installation, write_key, everybody, *, seconds):
    """Let everybody work, kill the server `seconds` after someone registered, and see all lose their connection."""
    before = len(everybody[0].registered)
    tasks = [asyncio.create_task(each.run(installation.url, write_key)) for each in everybody]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(everybody[0].registered) == before:
            await asyncio.wait(tasks, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    installation.kill()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, httpx.TransportError) for one in ended), ended


@pytest.fixture
def installation(tmp_path):
    settings = {"HEADWATER_TRACKING_ALIASES": "true", "HEADWATER_LOG_RETENTION_EVENTS": str(KEPT)}
    installation = Headwater(tmp_path / "data", **settings)
    installation.start()
    yield installation
    installation.close()


@pytest.mark.timeout(300)
def test_kills_between_ending_and_going_segments_lose_nothing_and_double_nothing(installation, receiver):
    chance = random.Random(20261123)
    people, senders = People(), [Sender(f"s{number}") for number in range(SENDERS)]
    deaf = Receiver()
    deaf.status = 503
    made = installation.api("POST", "/api/sources", {"name": "website"}, status=201)
    write_key = made["write_keys"][0]["key"]
    installation.webhook(deaf)
    installation.webhook(receiver)
    cheap = {"algorithm": "bcrypt", "bcrypt": {"cost": 4}}
    installation.patch({"op": "add", "path": "/services/identity/config/hashers", "value": cheap})
    installation.add_hook(segment_hook("https://api.segment.io/v1/identify", write_key, response={"ignore": True}))

    def live_and_die(*everybody):
        for _ in range(KILLS):
            moment = chance.uniform(0, LONGEST_LIFE_SECONDS)
            asyncio.run(until_killed(installation, write_key, everybody, seconds=moment))
            installation.start()

    def has_all(bodies):
        return acked() <= {body["messageId"] for body in bodies} and registered() <= {body["userId"] for body in bodies}

    def acked():
        return {each for sender in senders for each in sender.acked}

    def registered():
        return set(people.registered)

    live_and_die(people, *senders)
    receiver.wait_until(has_all, "everything acked so far")
    everything = stored(installation.data)
    assert [] == twins(everything)
    assert list(range(1, len(everything) + 1)) == [each.offset for each in everything], "held back, so all is there"
    assert acked() <= {each.record.message_id for each in everything}
    persons = identified(everything, made["id"])
    assert registered() <= persons.keys()
    assert {1} == set(persons.values())

    deaf.status = 200
    send_more_than_is_kept(installation, write_key)
    live_and_die(people, *senders, Operator(installation))
    receiver.wait_until(has_all, "everything acked, whatever went meanwhile")
    until_something_goes(installation)
    installation.stop()
    deaf.close()
    rest = stored(installation.data)
    assert rest[0].offset > 1, "Nothing has gone: the test tests nothing."
    assert list(range(rest[0].offset, rest[-1].offset + 1)) == [each.offset for each in rest]
    assert [] == twins(rest)


def send_more_than_is_kept(installation, write_key):
    for start in range(0, 2 * KEPT, KEPT // 10):
        ids = range(start, start + KEPT // 10)
        events = [{"type": "track", "userId": "bob", "event": "e", "messageId": f"more-{number}"} for number in ids]
        body = {"batch": events}
        httpx.post(installation.url + "/v1/batch", json=body, auth=(write_key, ""), timeout=30).raise_for_status()


def until_something_goes(installation):
    """Trim until the one that was deaf has caught up far enough, at its own pace."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while installation.api("GET", "/api/status")["log"]["oldest_offset"] == 1:
        assert time.monotonic() < deadline, installation.api("GET", "/api/status")["log"]
        installation.api("POST", "/api/log/trim", {})


def twins(events):
    counted = Counter((each.record.source, each.record.message_id) for each in events)
    return [name for name, count in counted.items() if count > 1]


def identified(events, source):
    """Return how often each person stands in the log."""
    mine = [each.record for each in events if each.record.source == source]
    return Counter(record.user_id for record in mine if record.type == "identify")
