"""The same event again: at once from many sides, after a kill, after segments have ended. It is stored once."""

import asyncio

import httpx
import pytest

from acceptance.conftest import Headwater
from acceptance.shelf import message_ids

CONNECTIONS = 20
IDS = 15
PER_SEGMENT = 50


@pytest.fixture
def installation(tmp_path):
    """Segments of fifty events, that go after five hundred."""
    installation = Headwater(tmp_path / "data", HEADWATER_LOG_RETENTION_EVENTS=str(10 * PER_SEGMENT))
    installation.start()
    yield installation
    installation.close()


async def everybody_sends(installation, write_key, ids):
    """Send every id from each of many connections at once; return the status codes."""
    start = asyncio.Event()

    async def send_all():
        async with httpx.AsyncClient(base_url=installation.url, auth=(write_key, ""), timeout=30) as client:
            await client.get("/health/ready")
            await start.wait()
            calls = [client.post("/v1/track", json={"userId": "ada", "event": "e", "messageId": each}) for each in ids]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    tasks = [asyncio.create_task(send_all()) for _ in range(CONNECTIONS)]
    start.set()
    return {code for codes in await asyncio.gather(*tasks) for code in codes}


def test_an_event_from_twenty_sides_at_once_is_acked_to_each_and_stored_once_whatever_happens_between(installation):
    write_key = installation.source()
    ids = [f"m{number}" for number in range(IDS)]
    assert {200} == asyncio.run(everybody_sends(installation, write_key, ids))
    assert sorted(ids) == sorted(message_ids(installation.data))

    others = [{"type": "track", "userId": "bob", "event": "e", "messageId": f"o{n}"} for n in range(3 * PER_SEGMENT)]
    for first in range(0, len(others), PER_SEGMENT // 2):  # some segments end
        body = {"batch": others[first : first + PER_SEGMENT // 2]}
        httpx.post(installation.url + "/v1/batch", json=body, auth=(write_key, "")).raise_for_status()
    assert installation.api("GET", "/api/status")["log"]["segments"] > 1
    late = [f"late{number}" for number in range(IDS)]
    assert {200} == asyncio.run(everybody_sends(installation, write_key, [*ids, *late]))
    installation.kill()
    installation.start()
    assert {200} == asyncio.run(everybody_sends(installation, write_key, [*ids, *late]))

    everything = [*ids, *late, *(each["messageId"] for each in others)]
    assert sorted(everything) == sorted(message_ids(installation.data))
