"""A backup of a server that people use: what was acked before it began is in it, and whoever goes on isn't held up."""

import asyncio
import json
import re
import time

import httpx
import pytest

from acceptance.conftest import NO_AUTHORITIES, Headwater, segment_hook
from acceptance.shelf import stored

SENDERS = 4
PEOPLE_AT_FIRST = 5
PATIENCE_SECONDS = 60
LONGEST_ANSWER_SECONDS = 5.0  # of a busy machine's worst moment: a copy that held a lock would take as long as itself


class Load:
    """People who send events and sign up, on and on; what was acked is remembered, and how long each waited."""

    def __init__(self, url, write_key):
        self._url, self._write_key = url, write_key
        self.events: set[str] = set()
        self.people: set[str] = set()
        self.waited: list[float] = []
        self._number = 0
        self._is_over = False

    async def run(self, until):
        """Go on until `until(self)` is over."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(SENDERS):
                tasks.create_task(self._send_events())
            tasks.create_task(self._sign_up())
            try:
                await until(self)
            finally:
                self._is_over = True

    async def _send_events(self):
        async with httpx.AsyncClient(base_url=self._url, auth=(self._write_key, ""), verify=NO_AUTHORITIES) as client:
            while not self._is_over:
                self._number += 1
                message_id = f"m{self._number}"
                event = {"userId": "ada", "event": "e", "messageId": message_id, "properties": {"x": "y" * 500}}
                began = time.monotonic()
                answer = await client.post("/v1/track", json=event, timeout=PATIENCE_SECONDS)
                self.waited.append(time.monotonic() - began)
                assert 200 == answer.status_code
                self.events.add(message_id)

    async def _sign_up(self):
        async with httpx.AsyncClient(base_url=self._url, timeout=PATIENCE_SECONDS, verify=NO_AUTHORITIES) as client:
            while not self._is_over:
                self._number += 1
                flow = (await client.get("/self-service/registration/api")).json()
                traits = {"email": f"person{self._number}@example.com"}
                body = {"method": "password", "password": "correct horse battery", "traits": traits}
                answer = await client.post(flow["ui"]["action"], json=body)
                assert 200 == answer.status_code
                self.people.add(answer.json()["identity"]["id"])


def people_in(installation):
    return {identity["id"] for identity in installation.api("GET", "/admin/identities?page_size=1000")}


def identified(installation):
    bodies = [json.loads(one.record.body) for one in stored(installation.data) if one.record.type == "identify"]
    return {body["userId"] for body in bodies}


@pytest.mark.timeout(240)
def test_what_was_acked_before_a_backup_under_load_began_is_in_it_and_goes_on_from_there(headwater, receiver, tmp_path):
    write_key = headwater.source()
    headwater.webhook(receiver)
    headwater.add_hook(segment_hook("https://api.segment.io/v1/identify", write_key, response={"ignore": True}))
    cheap = {"algorithm": "bcrypt", "bcrypt": {"cost": 4}}
    headwater.patch({"op": "add", "path": "/services/identity/config/hashers", "value": cheap})
    backup, before = tmp_path / "backup", {}

    async def back_up(load):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(load.people) < PEOPLE_AT_FIRST or len(load.events) < 100:  # noqa: ASYNC110  the load's own pace
                await asyncio.sleep(0.01)
        await asyncio.to_thread(headwater.cli, "backup", str(backup))
        before.update(events=set(load.events), people=set(load.people))
        load.waited.clear()
        done = await asyncio.to_thread(headwater.cli, "backup", str(backup), "--format", "json")
        before["report"] = json.loads(done.stdout)["backup"]

    load = Load(headwater.url, write_key)
    asyncio.run(load.run(back_up))
    headwater.kill()

    assert max(load.waited) < LONGEST_ANSWER_SECONDS
    assert len(load.events) > len(before["events"])
    copy = Headwater(tmp_path / "copy", HEADWATER_TRACKING_ALIASES="true")
    restored = json.loads(copy.cli("restore", str(backup), "--format", "json").stdout)
    assert before["report"]["newest_offset"] == restored["found"]["newest_offset"]
    arrived = len(receiver.bodies)
    copy.start()
    try:
        check_that_all_is_there(copy, before)
        after = copy.register("later@example.com")["identity"]["id"]
        receiver.wait_until(
            lambda bodies: after in {body.get("userId") for body in bodies[arrived:]}, "a later sign-up's identify call"
        )
        assert before["people"] | {after} <= identified(copy)
    finally:
        copy.close()


def check_that_all_is_there(copy, before):
    names = [(one.record.source, one.record.message_id) for one in stored(copy.data)]

    assert len(names) == len(set(names))
    assert before["events"] <= {message_id for _, message_id in names}
    assert before["people"] <= people_in(copy)
    asked = copy.cli("query", "SELECT count(*) AS n, count(DISTINCT id) AS ids FROM website.e", "--format", "json")
    (row,) = json.loads(asked.stdout)
    assert row["n"] == row["ids"] == len([name for _, name in names if re.fullmatch(r"m\d+", name)])
