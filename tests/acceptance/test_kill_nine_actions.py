"""kill -9 of server, Jsonnet workers and receiver: each queued Action arrives, as often as its record says."""

import asyncio
import os
import random
import signal
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from acceptance.conftest import WAIT_SECONDS, segment_hook
from acceptance.killable_receiver import KillableReceiver

ROUNDS = 9
LONGEST_LIFE_SECONDS = 0.4
SIGNING_UP = 3
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.02
WORKER = "headwater.mapping.worker"


class People:
    """They sign up, on and on, whatever falls over; whoever was let in is remembered."""

    def __init__(self):
        self.let_in: set[str] = set()
        self._number = 0

    async def sign_up(self, url):
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
            while True:
                self._number += 1
                flow = (await client.get("/self-service/registration/api")).json()
                traits = {"email": f"person{self._number}@example.com"}
                body = {"method": "password", "password": "correct horse battery", "traits": traits}
                answer = await client.post(flow["ui"]["action"], json=body)
                if answer.status_code == 200:
                    self.let_in.add(answer.json()["identity"]["id"])

    async def until(self, act, url, *, seconds):
        """Let them in, do it `seconds` after the next one is, and let them go on for as long."""
        before = len(self.let_in)
        tasks = [asyncio.create_task(self.sign_up(url)) for _ in range(SIGNING_UP)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.let_in) == before:
                await asyncio.wait(tasks, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(tasks, timeout=seconds)
        act()
        await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, httpx.TransportError | asyncio.CancelledError) for one in ended), ended


def kill_a_worker(server_pid):
    """Kill one of the server's Jsonnet workers."""
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            words = (process / "cmdline").read_text().split("\0")
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it ended meanwhile
            continue
        if WORKER in words and int(parent) == server_pid:
            os.kill(int(process.name), signal.SIGKILL)
            return
    pytest.fail("The server has no Jsonnet worker.")


def settled(headwater, person):
    """Return the person's queued Actions once each is delivered."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = headwater.api("GET", f"/api/action-deliveries?identity={quote(person)}")["action_deliveries"]
        if found and all(one["state"] == "delivered" for one in found):
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"Not delivered within {WAIT_SECONDS:g} s: {found}")
        time.sleep(POLL_SECONDS)


@pytest.fixture
def killable(tmp_path):
    receiver = KillableReceiver(tmp_path)
    yield receiver
    receiver.close()


@pytest.mark.timeout(400)
def test_kills_lose_no_action_and_every_call_is_on_record(headwater, killable):
    receiver = killable
    cheap = {"algorithm": "bcrypt", "bcrypt": {"cost": 4}}
    headwater.patch({"op": "add", "path": "/services/identity/config/hashers", "value": cheap})
    headwater.add_hook(segment_hook(receiver.url, "key", response={"ignore": True}))
    chance, people = random.Random(20261128), People()

    def kill_the_server():
        headwater.kill()

    def kill_the_worker():
        kill_a_worker(headwater.pid)

    def kill_the_receiver():
        receiver.kill()

    ways = [kill_the_server, kill_the_worker, kill_the_receiver]
    for number in range(ROUNDS):
        kill = ways[number % len(ways)]
        asyncio.run(people.until(kill, headwater.url, seconds=chance.uniform(0, LONGEST_LIFE_SECONDS)))
        if kill is kill_the_server:
            headwater.start()
        if kill is kill_the_receiver:
            receiver.start()
    fired = [one for person in people.let_in for one in settled(headwater, person)]
    received = receiver.received()

    assert len(people.let_in) >= ROUNDS
    assert {one["identity_id"] for one in fired} == people.let_in
    for one in fired:
        calls = received[one["trigger_id"]]
        answered = [attempt for attempt in one["attempts"] if attempt["status"] is not None]
        assert len(set(calls)) == len(calls)  # no attempt is sent twice
        # What was answered has arrived; what has arrived is on record, also where a kill took the answer.
        assert 1 <= len(answered) <= len(calls) <= len(one["attempts"]), (one, calls)
        assert [200] == sorted({attempt["status"] for attempt in answered})
