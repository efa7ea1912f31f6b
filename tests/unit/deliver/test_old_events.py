"""Tools that take only what has just happened: anything older is filtered, also when it is replayed."""

import json

import pytest
from delivering import START, world

from headwater.core.clock import ManualClock
from headwater.core.event import Record
from headwater.core.outcomes import Filtered, State
from headwater.deliver.destination_route import DestinationRoute
from headwater.deliver.plan import Sendable
from headwater.workspace.configuration import Destination

HOUR = 3_600


def analytics(**more):
    settings = {"stream_id": "G-A1B2C3", "api_secret": "secret"}
    return Destination(
        id="dst",
        name="analytics",
        kind="google-analytics-4",
        source_ids=("web",),
        enabled=True,
        start_offset=0,
        created_at_ms=0,
        settings=settings | more,
    )


def song(timestamp):
    body = {"type": "track", "event": "Song", "messageId": "m1", "userId": "ada", "timestamp": timestamp}
    return Record(source="web", message_id="m1", type="track", body=json.dumps(body).encode(), received_at_ms=0)


async def planned(timestamp, *, after_hours=0.0, with_clock=True):
    clock = ManualClock(START)
    clock.advance(after_hours * HOUR)
    route = DestinationRoute(
        analytics(), evaluator=None, read_secret={}.__getitem__, clock=clock if with_clock else None
    )
    (plan,) = await route.plan([song(timestamp)])
    return plan


@pytest.mark.parametrize("after_hours", [0.0, 71.9, 72.0])
async def test_what_happened_within_the_tools_time_is_sent(after_hours):
    assert isinstance(await planned(START.isoformat(), after_hours=after_hours), Sendable)


async def test_what_happened_before_is_filtered_with_the_reason():
    plan = await planned(START.isoformat(), after_hours=72.1)

    assert isinstance(plan, Filtered)
    assert plan.reason == "EVENT_TOO_OLD: the tool takes what happened in the last 72 hours."


@pytest.mark.parametrize("timestamp", [None, "yesterday", 7.5e300])
async def test_what_has_no_time_is_of_now(timestamp):
    assert isinstance(await planned(timestamp), Sendable)


async def test_without_a_clock_nothing_is_old():
    assert isinstance(await planned("2020-01-01T00:00:00Z", with_clock=False), Sendable)


async def test_the_engine_knows_what_time_it_is(tmp_path):
    async with world(tmp_path) as w:
        destination = analytics()
        await w.start(destination)
        [offset] = await w.append(song("2020-01-01T00:00:00Z"))
        await w.until_state(offset, destination, State.FILTERED)

        assert (await w.delivery(offset, destination)).reason.startswith("EVENT_TOO_OLD")
