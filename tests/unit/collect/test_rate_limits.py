"""Rate limits: a flood is turned away with a time to come back, and nothing of it is stored or lost."""

import json
from datetime import UTC, datetime

import pytest
from collecting import OK, a_source, basic, open_bench

from headwater.collect import rate_limit
from headwater.collect.rate_limit import RateLimitedError, RateLimits
from headwater.core.clock import ManualClock

TRACK = {"type": "track", "event": "e", "userId": "ada"}
BOB = a_source("bob", rate_limit=5)
FREE = a_source("free")


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


def wait_seconds(limits, *charges):
    """Seconds to wait, 0 when admitted."""
    try:
        limits.admit(charges)
    except RateLimitedError as error:
        return error.context["retry_after_seconds"]
    return 0


def test_a_seconds_worth_may_come_at_once_and_not_one_more(clock):
    limits = RateLimits(clock=clock)

    assert [0] * 5 + [1] == [wait_seconds(limits, (BOB, 1)) for _ in range(6)]
    clock.advance(0.2)
    assert [0, 1] == [wait_seconds(limits, (BOB, 1)) for _ in range(2)]


def test_a_quiet_hour_saves_up_one_second_only(clock):
    limits = RateLimits(clock=clock)
    wait_seconds(limits, (BOB, 5))
    clock.advance(3600)

    assert [0] * 5 + [1] == [wait_seconds(limits, (BOB, 1)) for _ in range(6)]


def test_a_batch_above_the_limit_goes_through_once_and_is_paid_for(clock):
    limits = RateLimits(clock=clock)

    assert [0, 20] == [wait_seconds(limits, (BOB, 100)) for _ in range(2)]
    clock.advance(19)  # at exactly nothing there is still nothing
    assert 1 == wait_seconds(limits, (BOB, 1))
    clock.advance(1)
    assert 0 == wait_seconds(limits, (BOB, 100))


def test_coming_back_when_told_always_works(clock):
    limits = RateLimits(clock=clock)
    for count in (1, 4, 5, 7, 2500, 3):
        clock.advance(wait_seconds(limits, (BOB, count)))
        if wait := wait_seconds(limits, (BOB, count)):
            clock.advance(wait)
            assert 0 == wait_seconds(limits, (BOB, count))


def test_one_source_does_not_use_up_anothers(clock):
    limits = RateLimits(clock=clock)
    wait_seconds(limits, (BOB, 100))

    assert 0 == wait_seconds(limits, (a_source("eve", rate_limit=1), 1))
    assert 0 == wait_seconds(limits, (FREE, 10_000))


def test_the_limit_over_all_counts_all(clock):
    limits = RateLimits(clock=clock, overall=10)

    assert 0 == wait_seconds(limits, (FREE, 6), (BOB, 4))
    assert 1 == wait_seconds(limits, (FREE, 1))


def test_a_call_that_one_bucket_refuses_takes_nothing_from_the_others(clock):
    limits = RateLimits(clock=clock, overall=100)
    wait_seconds(limits, (BOB, 5))
    for _ in range(50):
        assert 1 == wait_seconds(limits, (BOB, 50))

    assert 0 == wait_seconds(limits, (FREE, 90))
    assert 0 == wait_seconds(limits, (FREE, 5))


def test_a_changed_limit_counts_at_once(clock):
    limits = RateLimits(clock=clock)
    wait_seconds(limits, (BOB, 500))

    assert 0 == wait_seconds(limits, (a_source("bob", rate_limit=6), 1))
    assert 0 == wait_seconds(limits, (a_source("bob"), 10_000))


def test_sources_that_come_and_go_leave_nothing_behind_but_debts(clock, monkeypatch):
    monkeypatch.setattr(rate_limit, "MANY_BUCKETS", 3)
    limits = RateLimits(clock=clock)
    wait_seconds(limits, (BOB, 100))
    for number in range(20):
        wait_seconds(limits, (a_source(f"s{number}", rate_limit=1), 1))
        clock.advance(0.5)

    assert len(limits._by_source) <= 4
    assert 10 == wait_seconds(limits, (BOB, 1))


async def test_a_flood_is_told_when_to_come_back_and_comes_back(bench):
    batch = json.dumps({"batch": [TRACK] * 35}).encode()
    first = await bench.call("POST", "/v1/b", batch, authorization=basic("slow"))
    second = await bench.call("POST", "/v1/b", batch, authorization=basic("slow"))
    headers = dict(second.headers)

    assert [200, 429] == [first.status, second.status]
    assert ("3", "3", "*") == tuple(
        headers[name] for name in ("retry-after", "x-ratelimit-reset", "access-control-allow-origin")
    )
    assert {"success", "code", "message", "error"} == set(json.loads(second.body))
    assert "rate_limited" == json.loads(second.body)["code"]
    assert 35 == len(await bench.stored())

    bench.clock.advance(3)
    assert OK == await bench.post("b", batch, key="slow")
    assert 70 == len(await bench.stored())


async def test_a_refused_call_is_no_drop_because_it_comes_again(bench):
    bad = {"type": "track", "userId": "ada"}
    for _ in range(3):
        await bench.post("b", {"batch": [bad] * 11}, key="slow")

    assert [("src_slow", "event_not_defined", 11)] == await bench.dropped()


async def test_of_a_batch_for_several_sources_all_is_taken_or_nothing(bench):
    await bench.post("b", {"batch": [TRACK] * 11}, key="slow")
    mixed = [{**TRACK, "writeKey": key} for key in ("website", "slow", "app")]
    status, _ = await bench.post("b", {"batch": mixed}, key=None)

    assert 429 == status
    assert {"src_slow"} == {record.source for record in await bench.records()}


async def test_the_servers_limit_holds_for_sources_that_have_none(tmp_path):
    async with open_bench(tmp_path, rate_limit=2) as bench:
        statuses = [(await bench.post("track", TRACK, key=key))[0] for key in ("website", "app", "website")]

        assert [200, 200, 429] == statuses
