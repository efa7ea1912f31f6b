"""kill -9 amid sign-ups, changes and recoveries, twenty times: what happened, its event and its mail go together."""

import asyncio
import json
import random
import time
from collections import Counter

import httpx
import pytest

from acceptance.conftest import WAIT_SECONDS
from acceptance.shelf import stored
from acceptance.visitors import ALL_ON, CODE, JSON, PASSWORD, configure
from headwater.core.event import IDENTITY_SOURCE

KILLS = 20
PEOPLE_AT_ONCE = 4
LONGEST_LIFE_SECONDS = 0.4
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.01
PAGE_SIZE = 250

SIGNED_UP, CHANGED, RECOVERED = "Signed Up", "Profile Updated", "Recovery Completed"
FIRST, SECOND = "first", "second"


class Town:
    """People who sign up, change their address and recover, each once; what they were told is remembered."""

    def __init__(self, url, key):
        self._url, self._key = url, key
        self.told = {SIGNED_UP: set(), CHANGED: set(), RECOVERED: set()}
        self._number = 0

    async def live(self):
        """Live one life after the other, until the connection breaks."""
        while True:
            self._number += 1
            first, second = (f"person{self._number}.{when}@example.org" for when in (FIRST, SECOND))
            async with httpx.AsyncClient(base_url=self._url, headers=JSON, timeout=PATIENCE_SECONDS) as client:
                person, token = await self._sign_up(client, first)
                self.told[SIGNED_UP].add(person)
                await self._change(client, second, token)
                self.told[CHANGED].add(person)
                await self._recover(client, second)
                self.told[RECOVERED].add(person)

    async def _sign_up(self, client, email):
        body = {"method": "password", "password": PASSWORD, "traits": {"email": email}}
        made = await self._go_through(client, "registration", body)
        return made["identity"]["id"], made["session_token"]

    async def _change(self, client, email, token):
        headers = {"X-Session-Token": token}
        await self._go_through(client, "settings", {"method": "profile", "traits": {"email": email}}, headers)

    async def _recover(self, client, email):
        flow = await self._go_through(client, "recovery", {"method": "code", "email": email})
        mails = await client.get("/admin/courier/messages", params={"recipient": email}, headers=self._key)
        code = next(
            CODE.search(mail["body"]).group() for mail in mails.json() if mail["type"] == "email" and is_recovery(mail)
        )
        done = await client.post(flow["ui"]["action"], json={"method": "code", "code": code})
        assert done.json()["state"] == "passed_challenge", done.text

    async def _go_through(self, client, kind, body, headers=None):
        flow = (await client.get(f"/self-service/{kind}/api", headers=headers)).json()
        answer = await client.post(flow["ui"]["action"], json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until_killed(self, kill, *, seconds):
        """Let people live; kill the server `seconds` after the first sign-up."""
        before = len(self.told[SIGNED_UP])
        tasks = [asyncio.create_task(self.live()) for _ in range(PEOPLE_AT_ONCE)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.told[SIGNED_UP]) == before:
                await asyncio.wait(tasks, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        kill()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [] == [str(one) for one in ended if not isinstance(one, httpx.TransportError)]


def is_recovery(mail):
    return mail["template_type"].startswith("recovery")


@pytest.mark.timeout(400)
def test_twenty_kills_part_nobody_from_their_event_or_mail(headwater):
    configure(headwater, ALL_ON)
    key = headwater.api("POST", "/api/keys", {"role": "admin", "name": "town"}, status=201)["key"]
    town = Town(headwater.url, {"Authorization": f"Bearer {key}"})
    chance = random.Random(20261124)
    for _ in range(KILLS):
        moment = chance.uniform(0, LONGEST_LIFE_SECONDS)
        asyncio.run(town.until_killed(headwater.kill, seconds=moment))
        headwater.start()

    people = everybody(headwater)
    mails = delivered(headwater)
    recoveries = recovered_sessions(headwater)
    events = settled_events(headwater, people, recoveries)

    assert town.told[SIGNED_UP] <= people.keys()
    assert dict.fromkeys(people, 1) == events[SIGNED_UP]
    assert town.told[CHANGED] <= events[CHANGED].keys()
    assert {person: 1 for person, (email, _) in people.items() if SECOND in email} == events[CHANGED]
    assert town.told[RECOVERED] <= events[RECOVERED].keys()
    assert {person: 1 for person, (_, is_verified) in people.items() if is_verified} == events[RECOVERED]
    assert recoveries == events[RECOVERED]
    assert expected_recipients(people) == mails
    assert len(people) >= KILLS
    assert events[CHANGED]
    assert events[RECOVERED]


def everybody(headwater):
    """Return everybody's address and whether it is verified, by id."""
    found, path = {}, f"/admin/identities?page_size={PAGE_SIZE}"
    for page in pages(headwater, path):
        for one in page:
            (address,) = one["verifiable_addresses"]
            assert address["value"] == one["traits"]["email"]
            found[one["id"]] = (address["value"], address["verified"])
    return found


def delivered(headwater):
    """Return who was written to about which address of theirs, once all mail is out."""
    deadline = time.monotonic() + WAIT_SECONDS
    while waiting := headwater.api("GET", "/admin/courier/messages?status=queued&page_size=1"):
        assert time.monotonic() < deadline, waiting
    path = f"/admin/courier/messages?page_size={PAGE_SIZE}"
    mails = [mail for page in pages(headwater, path) for mail in page]
    assert {"sent"} == {mail["status"] for mail in mails}
    return {mail["recipient"] for mail in mails if not is_recovery(mail)}


def expected_recipients(people):
    """Everybody was asked to verify their first address, and their second, if that is theirs."""
    emails = {email for email, _ in people.values()}
    return emails | {email.replace(SECOND, FIRST) for email in emails}


def recovered_sessions(headwater):
    """Count the sessions that began with a recovery, by person."""
    path = f"/admin/sessions?page_size={PAGE_SIZE}&expand=identity"
    return Counter(
        session["identity"]["id"]
        for page in pages(headwater, path)
        for session in page
        if any(method["method"] == "code_recovery" for method in session["authentication_methods"])
    )


def settled_events(headwater, people, recoveries):
    """Return how often each person's events are in the log, once the relay has brought those there must be."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        bodies = [json.loads(one.record.body) for one in stored(headwater.data, source=IDENTITY_SOURCE)]
        events = {
            name: Counter(body["userId"] for body in bodies if body.get("event") == name)
            for name in (SIGNED_UP, CHANGED, RECOVERED)
        }
        is_all = len(events[SIGNED_UP]) >= len(people) and len(events[RECOVERED]) >= len(recoveries)
        if is_all or time.monotonic() > deadline:
            return events


def pages(headwater, path):
    token = json.loads((headwater.data / "server.json").read_text())["token"]
    with httpx.Client(base_url=headwater.url, headers={"Authorization": f"Bearer {token}"}) as client:
        while path:
            answer = client.get(path)
            assert answer.status_code == 200, answer.text
            yield answer.json()
            path = answer.links.get("next", {}).get("url")
