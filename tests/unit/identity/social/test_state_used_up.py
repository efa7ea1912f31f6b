"""A state is good for one try, however the try ends; and who is signed in by it is as safe as the disk."""

import asyncio
import re

import pytest
from identity_stage import ADA, AS_JSON, jsonnet, register, web_hook
from provider_stage import TOKEN
from social_stage import at_provider, begin, come_back, error_shown, go, is_signed_in, leave
from sqlalchemy import select

from headwater.identity.social.keepsakes import GOING
from headwater.net.outbound import Response
from headwater.store.tables import flows

SYNCED, UNSYNCED = "FULL", "NORMAL"


async def back_from(browser, kind="login"):
    return await at_provider(await leave(browser, await begin(browser, kind)))


async def waiting_departures(stage):
    """Return how many flows still wait for somebody to come back."""
    documents = await stage.database.read(
        lambda connection: connection.execute(select(flows.c.document)).scalars().all()
    )
    return sum(GOING in document for document in documents)


async def is_turned_away(browser, url):
    return (await error_shown(browser, await come_back(browser, url)))["id"] == "oauth_state_invalid"


async def test_a_departure_waits_until_somebody_is_back(offered, client):
    await back_from(client)

    assert 1 == await waiting_departures(offered)


@pytest.mark.parametrize("kind", ["login", "registration"])
async def test_whoever_comes_in_has_used_up_the_state(offered, client, kind):
    await go(client, kind)
    async with offered.client() as other:
        await go(other, kind)  # the second time ada is known, and a registration ends as a login
        assert await is_signed_in(other)

    assert 0 == await waiting_departures(offered)


async def test_who_is_asked_to_confirm_has_used_up_the_state(offered, client):
    async with offered.client() as ada:
        await register(ada, ADA)
    url = await back_from(client)
    await come_back(client, url)

    assert not await is_signed_in(client)
    assert 0 == await waiting_departures(offered)
    assert await is_turned_away(client, url)


async def test_a_program_whose_provider_failed_has_used_up_the_state(offered, client, acme):
    url = await back_from(client)
    acme.faults[TOKEN] = Response(status=500)
    answer = await client.get(url, headers=AS_JSON)
    acme.faults.clear()

    assert 502 == answer.status_code
    assert await is_turned_away(client, url)


async def test_a_browser_that_goes_away_while_the_code_is_redeemed_has_used_up_the_state(offered, client, acme):
    url = await back_from(client)
    acme.gates[TOKEN] = asyncio.Event()
    visit = asyncio.create_task(come_back(client, url))
    await acme.waiting.wait()
    visit.cancel()
    await asyncio.gather(visit, return_exceptions=True)
    acme.gates.pop(TOKEN).set()

    assert await is_turned_away(client, url)
    assert not await is_signed_in(client)


async def test_two_visits_of_one_callback_at_once_redeem_one_code(offered, client, acme):
    url = await back_from(client)
    before = acme.counts[TOKEN]
    await asyncio.gather(come_back(client, url), come_back(client, url))

    assert 1 == acme.counts[TOKEN] - before


# Which steps wait for the disk


async def listen(stage):
    """Return what the two connections that write run from now on: each statement, and how far commits go there."""
    seen = []

    def attend(connection):
        driver = connection.connection.driver_connection
        modes = [driver.execute("PRAGMA synchronous").fetchone()[0]]

        def heard(statement):
            modes.extend({SYNCED: 2, UNSYNCED: 1}[name] for name in re.findall("PRAGMA synchronous = (.*)", statement))
            seen.append((modes[-1], statement))

        driver.set_trace_callback(heard)

    await stage.database.write(attend)
    await stage.database.write(attend, survives_power_cut=False)
    return seen


def synced(seen, wanted):
    """Return how far the commit of a statement beginning with `wanted` goes: the last one's; alone it is its own."""
    found, is_there, is_open = None, False, False
    for mode, statement in seen:
        is_open = (is_open or statement.startswith("BEGIN")) and statement != "COMMIT"
        is_there = is_there or statement.startswith(wanted)
        if is_there and not is_open:
            found, is_there = {1: UNSYNCED, 2: SYNCED}[mode], False
    return found


async def test_a_session_waits_for_the_disk_and_the_way_there_does_not(offered, client):
    await go(client)
    seen = await listen(offered)
    async with offered.client() as other:
        url = await back_from(other)
        assert UNSYNCED == synced(seen, "INSERT INTO flows") == synced(seen, "UPDATE flows")
        await come_back(other, url)

    assert SYNCED == synced(seen, "INSERT INTO sessions") == synced(seen, "UPDATE flows")


async def test_a_form_whose_begin_owes_an_action_waits_for_the_disk(offered, client, receiver):
    offered.revise(
        lambda whole: whole["selfservice"]["flows"]["login"].update(
            before={"hooks": [web_hook(receiver.url, body=jsonnet("function(ctx) ctx"), response={"ignore": True})]}
        )
    )
    seen = await listen(offered)
    await begin(client, "login")

    assert SYNCED == synced(seen, "INSERT INTO outbox") == synced(seen, "INSERT INTO flows")
