"""What the engine says of its lanes, and of each attempt, while real destinations do well and badly."""

import pytest
import simulated
from accounting import account
from delivering import event, until, webhook, world
from simulated import simulating, status

from headwater.core.clock import epoch_ms
from headwater.core.outcomes import State
from headwater.deliver.metrics.sums import Sums


@pytest.fixture
async def receiver():
    async with simulating() as made:
        yield made


@pytest.fixture
async def stage(tmp_path):
    async with world(tmp_path) as made:
        yield made


async def append(w, *names):
    now_ms = epoch_ms(w.clock.now())
    return await w.append(*[event(name, received_at_ms=now_ms) for name in names])


async def test_a_lane_that_is_done_has_no_lag_and_one_whose_tool_is_down_says_how_old_its_oldest_event_is(
    stage, receiver
):
    await stage.start(webhook("crm", receiver.url()))
    [first] = await append(stage, "before")
    await stage.until_state(first, stage.destinations[0], State.DELIVERED)
    well = await stage.status("crm")
    assert (well.lag, well.lag_seconds, well.breaker) == (0, 0.0, "closed")

    receiver.life = lambda _ids: status(503)
    await append(stage, *(f"m{number}" for number in range(30)))
    await stage.advance_until(lambda: sum(receiver.seen.values()) >= 15)
    await append(stage, "late")
    stage.clock.advance(3_600)
    ill = await stage.status("crm")
    assert ill.breaker == "open"
    assert ill.lag >= 21
    assert 3_600 <= ill.lag_seconds <= 3_700


async def test_what_other_sources_send_is_no_lag_of_ours(stage, receiver):
    receiver.life = lambda _ids: simulated.hang
    await stage.start(webhook("crm", receiver.url(), sources=("shop",)))
    await append(stage, "theirs")
    await until(lambda: stage.engine._lanes["crm"].lane is not None)
    stage.clock.advance(60)
    assert (await stage.status("crm")).lag_seconds == 0.0


async def test_a_429_shows_in_the_pace(stage, receiver):
    receiver.life = lambda _ids: status(429, Retry_After=5)
    await stage.start(webhook("crm", receiver.url()))
    assert (await stage.status("crm")).requests_per_second is None
    await append(stage, "m")
    await until(lambda: sum(receiver.seen.values()) == 1)

    async def is_slower():
        return (await stage.status("crm")).requests_per_second is not None

    await until(is_slower)


async def test_probes_are_counted_of_late_and_written_nowhere(stage, receiver):
    receiver.life = lambda _ids: status(503)
    await stage.start(webhook("crm", receiver.url()))
    await append(stage, *(f"m{number}" for number in range(20)))
    await stage.advance_until(lambda: sum(receiver.seen.values()) >= 20)
    attempts = sum(receiver.seen.values())
    recent = (await stage.status("crm")).recent
    written = (await stage.report.sums()).get("crm", Sums()).figures.attempts  # none, where all ten failed at once
    assert recent.attempts_per_second * recent.seconds >= attempts - 2
    assert written < 15
    assert recent.latency.count == 0


async def test_latency_is_from_receipt_to_the_answer_waiting_included(stage, receiver):
    receiver.life = lambda _ids: status(423)
    await stage.start(webhook("crm", receiver.url()))
    [offset] = await append(stage, "m")
    await stage.until_state(offset, stage.destinations[0], State.RETRYING)
    stage.clock.advance(600)
    receiver.life = lambda _ids: simulated.OK
    await stage.until_state(offset, stage.destinations[0], State.DELIVERED)
    figures = (await stage.report.sums())["crm"].figures
    assert 600_000 <= figures.latency_ms <= 660_000
    assert (await stage.status("crm")).recent.latency.p50_ms >= 600_000


async def test_a_restart_forgets_no_count(stage, receiver):
    await stage.start(webhook("crm", receiver.url()))
    for name in ("a", "b"):
        [offset] = await append(stage, name)
        await stage.until_state(offset, stage.destinations[0], State.DELIVERED)
        await stage.restart()
    figures = (await stage.report.sums())["crm"].figures
    assert (figures.delivered, figures.attempts) == (2, 2)
    assert figures.since_ms == epoch_ms(stage.clock.now())


async def test_an_event_that_travels_alone_has_all_of_the_request(stage, receiver):
    hook = webhook("crm", receiver.url())
    [offset] = await append(stage, "alone")
    await stage.start(hook)
    await stage.until_state(offset, hook, State.DELIVERED)
    [attempt] = (await stage.delivery(offset, hook)).attempts

    assert 40 < attempt.payload_bytes < 200
    assert attempt.together == 1


async def test_each_attempt_says_which_action_it_was_how_large_and_with_how_many(stage, receiver):
    receiver.life = lambda ids: status(400) if "m3" in ids else simulated.OK
    hook = webhook("crm", receiver.url(), batch_size=10, batch_seconds=0)
    offsets = await append(stage, *(f"m{number}" for number in range(10)))
    await stage.start(hook)
    await stage.until_state(offsets[3], hook, State.REJECTED)
    found = (await stage.delivery(offsets[3], hook)).attempts
    assert [one.together for one in found][:2] == [10, 5]
    assert found[-1].together == 1
    assert {one.action for one in found} == {"send"}
    assert all(40 < one.payload_bytes < 200 for one in found)


async def test_a_redriven_event_is_counted_once_more_and_the_account_still_fits(stage, receiver):
    receiver.life = lambda _ids: status(400)
    hook = webhook("crm", receiver.url())
    await stage.start(hook)
    [offset] = await append(stage, "m")
    await stage.until_state(offset, hook, State.REJECTED)
    receiver.life = lambda _ids: simulated.OK
    await stage.redrive("crm")
    await stage.until_state(offset, hook, State.DELIVERED)
    figures = (await stage.report.sums())["crm"].figures
    assert (figures.rejected, figures.redriven, figures.delivered) == ({"HTTP_400": 1}, 1, 1)
    assert await account(stage.report, [offset], hook) == {State.DELIVERED: 1}


async def test_a_deleted_destination_takes_its_counts_along(stage, receiver):
    await stage.start(webhook("crm", receiver.url()))
    [offset] = await append(stage, "m")
    await stage.until_state(offset, stage.destinations[0], State.DELIVERED)
    stage.destinations.clear()
    await stage.engine.reconfigure()
    assert "crm" not in await stage.report.sums()
