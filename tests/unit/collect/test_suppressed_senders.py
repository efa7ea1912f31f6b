"""Nothing is stored of people who may not be processed; whoever sends it is told 200, as by Segment."""

import base64
import json

import pytest
from collecting import NOW, OK, open_bench

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.workspace import suppressions
from headwater.workspace.suppressed import SuppressedUsers


@pytest.fixture
async def bench(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    await database.write(lambda c: suppressions.add(c, ["mallory", "eve"], clock=ManualClock(NOW)))
    users = SuppressedUsers(database)
    await users.reload()
    async with open_bench(tmp_path, suppressed=users) as opened:
        yield opened
    database.close()


def track(user_id, message_id, **more):
    return {"type": "track", "event": "Bought", "userId": user_id, "messageId": message_id, **more}


async def test_a_suppressed_persons_event_is_answered_200_and_counted_but_not_stored(bench):
    assert OK == await bench.post("track", track("mallory", "m1"))
    assert OK == await bench.post("track", track("ada", "m2"))

    assert ["m2"] == [record.message_id for record in await bench.records()]
    assert [("src_website", "user_suppressed", 1)] == await bench.dropped()


async def test_of_a_batch_the_others_events_are_stored(bench):
    people = ["ada", "mallory", "grace", "eve", "mallory"]
    batch = [track(person, f"m{number}") for number, person in enumerate(people)]
    batch.append({"type": "track", "event": "Bought", "anonymousId": "mallory", "messageId": "m5"})
    assert OK == await bench.post("batch", {"batch": batch})

    assert ["m0", "m2", "m5"] == [record.message_id for record in await bench.records()]
    assert [("src_website", "user_suppressed", 3)] == await bench.dropped()
    assert (3, 3) == (bench.collector.counters.accepted, bench.collector.counters.rejected)


async def test_a_strict_source_does_not_call_it_its_senders_mistake(bench):
    assert OK == await bench.post("track", track("mallory", "m1"), key="exact")


async def test_a_batch_of_nothing_but_suppressed_people_is_answered_200(bench):
    assert OK == await bench.post("batch", {"batch": [track("mallory", "m1"), track("eve", "m2")]})
    assert [] == await bench.records()


async def test_what_is_counted_tells_nothing_of_the_person(bench):
    await bench.post("identify", {"userId": "mallory", "traits": {"email": "mallory@example.com"}})
    await bench.dropped()

    assert "mallory" not in str(bench.saved)
    assert "identify" in bench.saved[0].sample


async def test_a_pixel_of_a_suppressed_person_is_a_picture_and_nothing_more(bench):
    event = {"writeKey": "website", "event": "Opened", "userId": "mallory"}
    data = base64.b64encode(json.dumps(event).encode()).decode()
    reply = await bench.call("GET", "/v1/pixel/track", query=f"data={data}")

    assert (200, []) == (reply.status, await bench.records())
    assert [("src_website", "user_suppressed", 1)] == await bench.dropped()
