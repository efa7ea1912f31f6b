import asyncio

import pytest

from headwater.web.lifespan import Lifespan, LifespanError


async def obedient(scope, receive, send):
    assert "lifespan" == scope["type"]
    assert "lifespan.startup" == (await receive())["type"]
    scope["state"]["task"] = asyncio.current_task()
    await send({"type": "lifespan.startup.complete"})
    assert "lifespan.shutdown" == (await receive())["type"]
    assert scope["state"]["task"] is asyncio.current_task()
    await send({"type": "lifespan.shutdown.complete"})


async def test_start_and_end_run_in_one_task_and_the_state_stays():
    lifespan = Lifespan(obedient)

    await lifespan.startup()
    task = lifespan.state["task"]
    assert not task.done()
    await lifespan.shutdown()
    await lifespan.shutdown()  # a second time changes nothing

    assert task.done()


async def test_an_app_that_says_it_can_not_start_is_an_error():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(LifespanError, match="failed at startup: no database"):
        await Lifespan(app).startup()


async def test_an_app_that_breaks_while_it_starts_raises_what_broke():
    async def app(scope, receive, send):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Lifespan(app).startup()


async def test_an_app_that_leaves_without_a_word_does_not_hang_us():
    async def app(scope, receive, send):
        pass

    with pytest.raises(LifespanError, match="without an answer"):
        await Lifespan(app).startup()


async def test_an_app_that_says_it_can_not_stop_is_an_error():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed"})

    lifespan = Lifespan(app)
    await lifespan.startup()

    with pytest.raises(LifespanError, match="failed at shutdown"):
        await lifespan.shutdown()
