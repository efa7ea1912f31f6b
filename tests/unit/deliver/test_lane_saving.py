"""When a lane writes down what has settled: at once where nothing else is on its way, else together, but soon."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager

from delivering import receiving, webhook, world

from headwater.core.outcomes import State
from headwater.deliver.limits import LaneLimits

FOR_EVER_SECONDS = 3_600.0


@asynccontextmanager
async def one_that_hangs():
    """Yield a receiver that answers all but m0, for which it waits until it is let go."""
    async with receiving() as receiver:
        let_go, answer = asyncio.Event(), receiver.handle

        async def handle(request):
            if b'"m0"' in await request.read():
                await let_go.wait()
            return await answer(request)

        receiver.handle, receiver.let_go = handle, let_go.set
        yield receiver
        let_go.set()


def limits(**changes):
    return LaneLimits(drain_seconds=1.0, **changes)


async def test_what_comes_alone_is_saved_at_once(tmp_path):
    async with receiving() as receiver, world(tmp_path, limits=limits(linger_seconds=FOR_EVER_SECONDS)) as w:
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append_many(1)

        await w.until_state(offset, hook, State.DELIVERED)


async def test_what_settles_while_another_hangs_is_saved_meanwhile(tmp_path):
    async with one_that_hangs() as receiver, world(tmp_path, limits=limits(linger_seconds=0.01)) as w:
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        hanging, *others = await w.append_many(3)

        for offset in others:
            await w.until_state(offset, hook, State.DELIVERED)
        assert (await w.delivery(hanging, hook)).state == State.PENDING


async def test_what_settles_while_others_are_on_their_way_shares_a_save(tmp_path):
    bounds = limits(linger_seconds=FOR_EVER_SECONDS, rows_in_a_save=20)
    async with one_that_hangs() as receiver, world(tmp_path, limits=bounds) as w:
        w.sql("CREATE TABLE saves (watermark INTEGER)")
        w.sql("CREATE TRIGGER first_save AFTER INSERT ON cursors BEGIN INSERT INTO saves VALUES (new.watermark); END")
        w.sql("CREATE TRIGGER other_save AFTER UPDATE ON cursors BEGIN INSERT INTO saves VALUES (new.watermark); END")
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        hanging, *others = await w.append_many(62)

        await w.until_state(others[20], hook, State.DELIVERED)  # all but 19 at most, in saves of 20 rows or more
        receiver.let_go()
        await w.until_state(hanging, hook, State.DELIVERED)
        await w.until_state(others[-1], hook, State.DELIVERED)
        with sqlite3.connect(w.path) as connection:
            [saves] = connection.execute("SELECT count(*) FROM saves").fetchone()
        assert 2 <= saves <= 5
