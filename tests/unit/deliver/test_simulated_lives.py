"""A destination whose life is scripted beside healthy ones: it costs them nothing, and loses nothing itself."""

import asyncio
import socket

import pytest
import simulated
from accounting import SETTLED, account, states
from delivering import event, until, webhook, world
from simulated import simulating, status

import certificates
from headwater.core.outcomes import State
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound

EVENTS = 150
HOUR_SECONDS, STEP_SECONDS = 3_600, 150

LIVES = {
    "answers 500": status(500),
    "answers 429 with a Retry-After": status(429, Retry_After=30),
    "answers 503 with a Retry-After": status(503, Retry_After=30),
    "hangs": simulated.hang,
    "half-closes": simulated.half_close,
    "half-closes within its answer": simulated.half_close_within,
    "drips": simulated.drip,
    "resets": simulated.reset,
    "speaks no HTTP": simulated.babble,
}


def hook(name, url, **settings):
    return webhook(name, url, timeout_seconds=1, **settings)


async def is_all_taken(receiver, count=EVENTS):
    return await until(lambda: len(receiver.taken) == count, what="everything taken")


async def is_healthy(w, receiver, destination, offsets):
    """Every event arrived once, while the clock stood still: there was nothing to wait for."""
    await is_all_taken(receiver, len(offsets))
    await w.until_state(offsets[-1], destination, State.DELIVERED)
    assert set(receiver.seen.values()) == {1}


async def is_made_up_for(w, receiver, destination, offsets):
    """Once it is well again everything arrives, and every event is accounted for."""
    await w.advance_until(lambda: len(receiver.taken) == len(offsets), step=2.0)

    async def is_settled():
        w.clock.advance(2.0)
        return set(await states(w.report, offsets, destination)) <= SETTLED

    await until(is_settled, what="every event settled")
    assert await account(w.report, offsets, destination) == {State.DELIVERED: len(offsets)}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
async def test_a_bad_destination_costs_the_healthy_one_nothing_and_loses_nothing_itself(tmp_path, life):
    async with simulating() as bad, simulating() as good, world(tmp_path) as w:
        bad.life = lambda _ids: life
        ill, well = hook("ill", bad.url()), hook("well", good.url())
        await w.start(ill, well)
        offsets = await w.append_many(EVENTS)

        await is_healthy(w, good, well, offsets)
        assert w.clock.monotonic() == 0
        assert not bad.taken
        bad.life = lambda _ids: simulated.OK
        await is_made_up_for(w, bad, ill, offsets)
        assert set(good.seen.values()) == {1}


async def test_one_that_hangs_for_as_long_as_it_may_holds_nothing_that_another_needs(tmp_path):
    async with simulating() as bad, simulating() as good, world(tmp_path) as w:
        over = asyncio.Event()

        async def hang_until_over(_writer, _gone):
            await over.wait()

        bad.life = lambda _ids: hang_until_over
        ill, well = webhook("ill", bad.url(), timeout_seconds=60), hook("well", good.url())
        await w.start(ill, well)
        offsets = await w.append_many(EVENTS)

        await is_healthy(w, good, well, offsets)
        assert (await w.status("ill")).recent.attempts_per_second == 0  # not one of its requests has come to an end
        bad.life = lambda _ids: simulated.OK
        over.set()
        await is_made_up_for(w, bad, ill, offsets)


async def test_a_name_that_is_not_found_costs_nobody_anything_and_is_made_up_for_once_it_is(tmp_path):
    known = {}

    async def lookup(host, _port):
        if host not in known:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [known[host]]

    outbound = Outbound(AddressPolicy(allow_private=True), lookup=lookup)
    async with simulating() as bad, simulating() as good, world(tmp_path, outbound=outbound) as w:
        ill, well = hook("ill", bad.url("crm.test")), hook("well", good.url())
        await w.start(ill, well)
        offsets = await w.append_many(EVENTS)

        await is_healthy(w, good, well, offsets)
        known["crm.test"] = "127.0.0.1"
        await is_made_up_for(w, bad, ill, offsets)


async def test_a_certificate_that_nobody_vouches_for_gets_nothing_until_it_is_right(tmp_path):
    folders = [tmp_path / name for name in ("trusted", "mallory")]
    for folder in folders:
        folder.mkdir()
    pem, _ = certificates.for_localhost(folders[0])
    _, tls = certificates.for_localhost(folders[1])
    outbound = Outbound(AddressPolicy(allow_private=True), trusted_certificates=pem)
    async with simulating(tls=tls) as bad, simulating() as good, world(tmp_path, outbound=outbound) as w:
        ill, well = hook("ill", bad.url("localhost", "https")), hook("well", good.url())
        await w.start(ill, well)
        offsets = await w.append_many(EVENTS)

        await is_healthy(w, good, well, offsets)
        assert not bad.seen
        tls.load_cert_chain(folders[0] / "both.pem")
        await is_made_up_for(w, bad, ill, offsets)


async def test_four_hours_of_outage_cost_nothing_but_time(tmp_path):
    async with simulating() as bad, simulating() as good, world(tmp_path) as w:
        ill, well = hook("ill", bad.url()), hook("well", good.url())
        await w.start(ill, well)
        offsets = await w.append_many(20, prefix="before")
        await is_made_up_for(w, bad, ill, offsets)
        bad.life = lambda _ids: status(503)
        for part in range(4 * HOUR_SECONDS // STEP_SECONDS):
            offsets += await w.append(*[event(f"m{part}-{number}") for number in range(5)])
            await is_all_taken(good, len(offsets))
            w.clock.advance(STEP_SECONDS)
        status_then = await w.status("ill")
        assert (status_then.breaker, status_then.retrying <= 10) == ("open", True)
        assert status_then.lag >= len(offsets) - 20 - 10
        rows = (await w.report.sums())["ill"].figures
        assert rows.attempts <= 40  # the failures before the breaker opened: what came later was written nowhere
        assert set(good.seen.values()) == {1}

        bad.life = lambda _ids: simulated.OK
        await is_made_up_for(w, bad, ill, offsets)
        assert (await w.status("ill")).breaker == "closed"


async def test_a_whole_life_ends_with_every_event_accounted_for(tmp_path):
    """From one illness to the next, with events that no life helps: refused ones, and filtered ones."""
    phases = [status(500), simulated.half_close, status(429, Retry_After=5), simulated.reset, simulated.babble]
    now = {"life": simulated.OK}

    def life(ids):
        if ids[0].startswith("poison"):
            return status(400)
        return now["life"]

    async with simulating() as bad, simulating() as good, world(tmp_path) as w:
        bad.life = life
        ill, well = hook("ill", bad.url()), hook("well", good.url())
        await w.start(ill, well)
        offsets = []
        for number, phase in enumerate(phases):
            offsets += await w.append_many(20, prefix=f"fine-{number}-")
            now["life"] = phase
            offsets += await w.append_many(20, prefix=f"late-{number}-")
            offsets += await w.append_many(3, prefix=f"poison-{number}-")
            offsets += await w.append(*[event(f"kept-{number}-{n}", integrations={"All": False}) for n in range(2)])
            seen = sum(bad.seen.values())
            await w.advance_until(lambda seen=seen: sum(bad.seen.values()) >= seen + 5, step=1.0)
            now["life"] = simulated.OK
            goal = (number + 1) * 40
            await w.advance_until(lambda goal=goal: len(bad.taken) == goal, step=2.0)

        async def is_settled():
            w.clock.advance(2.0)
            return set(await states(w.report, offsets, ill)) <= SETTLED

        await until(is_settled, what="every event settled")
        found = await account(w.report, offsets, ill)
        assert found == {State.DELIVERED: 200, State.REJECTED: 15, State.FILTERED: 10}
        assert (await account(w.report, offsets, well)) == {State.DELIVERED: 215, State.FILTERED: 10}
        assert set(good.seen.values()) == {1}
