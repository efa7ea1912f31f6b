"""kill -9 under load, twenty times: nothing that was acked is lost, nothing is stored twice."""

import asyncio
import random
from collections import Counter

import httpx
import pytest

from acceptance.conftest import Receiver, segment_hook
from headwater.log import segments

KILLS = 20
SENDERS = 4
LONGEST_LIFE_SECONDS = 0.3
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.01


class Load:
    """People who send events and register, on and on; what was acked is remembered."""

    def __init__(self, url, write_key):
        self._url, self._write_key = url, write_key
        self.events: set[str] = set()
        self.people: set[str] = set()
        self._number = 0

    async def send_events(self):
        async with httpx.AsyncClient(base_url=self._url, auth=(self._write_key, "")) as client:
            while True:
                self._number += 1
                message_id = f"m{self._number}"
                event = {"userId": "ada", "event": "e", "messageId": message_id}
                answer = await client.post("/v1/track", json=event)
                if answer.status_code == 200:
                    self.events.add(message_id)

    async def register(self):
        async with httpx.AsyncClient(base_url=self._url) as client:
            while True:
                self._number += 1
                flow = (await client.get("/self-service/registration/api")).json()
                traits = {"email": f"person{self._number}@example.com"}
                body = {"method": "password", "password": "correct horse battery", "traits": traits}
                answer = await client.post(flow["ui"]["action"], json=body)
                if answer.status_code == 200:
                    self.people.add(answer.json()["identity"]["id"])

    async def until_killed(self, kill, *, wants_a_person, seconds):
        """Run everybody, kill the server `seconds` after the first ack, and see them all lose their connection."""
        acked = self.people if wants_a_person else self.events
        before = len(acked)
        tasks = [asyncio.create_task(self.send_events()) for _ in range(SENDERS)]
        tasks.append(asyncio.create_task(self.register()))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(acked) == before:
                await asyncio.wait(tasks, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        kill()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, httpx.TransportError) for one in ended), ended


@pytest.mark.timeout(400)
def test_twenty_kills_lose_nothing_and_double_nothing(headwater, receiver):
    actions = Receiver()
    write_key = headwater.source()
    headwater.webhook(receiver)
    headwater.add_hook(segment_hook(actions.url, "unused", response={"ignore": True}))
    headwater.add_hook(segment_hook("https://api.segment.io/v1/identify", write_key, response={"on_error": "queue"}))
    chance = random.Random(20261123)
    cheap = {"algorithm": "bcrypt", "bcrypt": {"cost": 4}}
    headwater.patch({"op": "add", "path": "/services/identity/config/hashers", "value": cheap})
    load = Load(headwater.url, write_key)
    for number in range(KILLS):
        moment = chance.uniform(0, LONGEST_LIFE_SECONDS)
        asyncio.run(load.until_killed(headwater.kill, wants_a_person=number % 2 == 0, seconds=moment))
        headwater.start()

    def has_all_events(bodies):
        return load.events <= {body["messageId"] for body in bodies}

    def has_all_people(bodies):
        return load.people <= {body["userId"] for body in bodies}

    assert len(load.events) > KILLS
    assert len(load.people) >= KILLS / 2
    receiver.wait_until(lambda bodies: has_all_events(bodies) and has_all_people(bodies), "everything acked")
    actions.wait_until(has_all_people, "every registered person's queued Action")
    actions.close()
    headwater.stop()

    stored = Counter(message_ids(headwater.data))
    assert load.events <= stored.keys()
    assert [] == [message_id for message_id, count in stored.items() if count > 1]


def message_ids(data):
    rows = []
    for segment in (data / "log").glob("*.db"):
        connection = segments.connect(segment, mode="ro")
        stored = segments.records_after(connection, 0, limit=10**9)
        connection.close()
        rows += [(one.record.source, one.record.message_id) for one in stored]
    assert len(rows) == len(set(rows))
    return [message_id for source, message_id in rows if source.startswith("src_")]
