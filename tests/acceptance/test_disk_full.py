"""A disk that is full: every answer says so and when to come again, no ack is a lie, and nobody restarts anything."""

import asyncio
import resource
import time
from collections import Counter
from contextlib import contextmanager

import httpx
import pytest

from acceptance.conftest import Headwater
from acceptance.shelf import message_ids

PATIENCE_SECONDS = 20.0
CONNECTIONS = 8
SMALL_SEGMENTS = {"HEADWATER_LOG_RETENTION_EVENTS": "2000"}  # 200 a segment
NO_MORE_BYTES = 0
A_FEW_PAGES = 80_000


@contextmanager
def file_size_limit(installation: Headwater, size_bytes: int):
    """No file that the server's front process writes may be larger: not the log's, not the one its stderr goes to."""
    _, hard = resource.prlimit(installation.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(installation.pid, resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.prlimit(installation.pid, resource.RLIMIT_FSIZE, (hard, hard))


@pytest.fixture(params=[{}, SMALL_SEGMENTS], ids=["one segment", "many segments"])
def installation(tmp_path, request):
    installation = Headwater(tmp_path / "data", **request.param)
    installation.start()
    yield installation
    installation.close()


def event(message_id):
    return {"type": "track", "event": "e", "userId": "ada", "messageId": message_id, "properties": {"x": "y" * 900}}


async def post(installation, write_key, calls):
    """Send (path, body) calls over a few connections; return the answers in their order."""
    turns = asyncio.Semaphore(CONNECTIONS)
    async with httpx.AsyncClient(base_url=installation.url, auth=(write_key, ""), timeout=PATIENCE_SECONDS) as client:

        async def send(path, body):
            async with turns:
                return await client.post(path, json=body, headers={"origin": "https://shop.example"})

        return await asyncio.gather(*(send(path, body) for path, body in calls))


def track(installation, write_key, ids):
    return asyncio.run(post(installation, write_key, [("/v1/track", event(each)) for each in ids]))


def until_it_takes_events_again(installation, write_key, message_id):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        (answer,) = track(installation, write_key, [message_id])
        if answer.status_code == 200:
            return
        assert 503 == answer.status_code
        assert time.monotonic() < deadline, f"It did not recover by itself within {PATIENCE_SECONDS:g} s."


def test_a_full_disk_is_a_503_never_an_ack_and_it_recovers_by_itself(installation):
    write_key = installation.source()
    before = [f"before{number}" for number in range(30)]
    refused = [f"refused{number}" for number in range(30)]
    assert {200} == {answer.status_code for answer in track(installation, write_key, before)}

    with file_size_limit(installation, NO_MORE_BYTES):
        calls = [("/v1/track", event(each)) for each in refused]
        calls += [("/v1/batch", {"batch": [event(f"{each}-b"), event(f"{each}-c")]}) for each in refused]
        answers = asyncio.run(post(installation, write_key, calls))
        assert {503} == {answer.status_code for answer in answers}
        for answer in answers:
            assert "log_write_failed" == answer.json()["code"]
            assert answer.json()["success"] is False
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["retry-after"] == answer.headers["x-ratelimit-reset"]
            assert "*" == answer.headers["access-control-allow-origin"]
            assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
        assert 200 == httpx.get(installation.url + "/health/ready").status_code
    assert sorted(before) == sorted(message_ids(installation.data))

    until_it_takes_events_again(installation, write_key, "after")
    again = asyncio.run(post(installation, write_key, calls))
    assert {200} == {answer.status_code for answer in again}
    installation.stop()

    wanted = [*before, "after", *refused, *(f"{each}-{letter}" for each in refused for letter in "bc")]
    assert sorted(wanted) == sorted(message_ids(installation.data))


def test_a_disk_that_fills_up_and_empties_time_and_again_keeps_exactly_what_was_acked(installation):
    write_key = installation.source()
    acked, refused = [], []
    for turn in range(6):
        with file_size_limit(installation, A_FEW_PAGES * (turn + 1)):
            ids = [f"{turn}-{number}" for number in range(150)]
            for each, answer in zip(ids, track(installation, write_key, ids), strict=True):
                (acked if answer.status_code == 200 else refused).append(each)
                assert answer.status_code in (200, 503)
        until_it_takes_events_again(installation, write_key, f"between{turn}")
        acked.append(f"between{turn}")
    kept = set(message_ids(installation.data))
    assert set(acked) <= kept
    assert refused, "The disk was never full: the test tests nothing."

    assert {200} == {answer.status_code for answer in track(installation, write_key, refused)}
    installation.kill()
    installation.start()
    installation.stop()
    assert [] == [each for each, count in Counter(message_ids(installation.data)).items() if count > 1]
    assert {*acked, *refused} == set(message_ids(installation.data))
