"""The socket between the two processes."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest

from headwater.core.errors import NotFoundError
from headwater.wiring import link
from headwater.wiring.link import Link, LinkDownError


@asynccontextmanager
async def linked(handlers):
    """Two ends: the first has `handlers`, the second asks."""
    left, right = socket.socketpair()
    answering, asking = Link(handlers), Link({})
    tasks = [asyncio.create_task(answering.run(left)), asyncio.create_task(asking.run(right))]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while asking._writer is None or answering._writer is None:  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(0)
    try:
        yield asking, right
    finally:
        asking._close()
        await asyncio.gather(*tasks)


async def test_a_question_gets_its_own_answer_among_many():
    async def double(number):
        await asyncio.sleep(0)
        return number * 2

    async with linked({"double": double}) as (asking, _):
        answers = await asyncio.gather(*(asking.ask("double", number) for number in range(100)))

    assert [number * 2 for number in range(100)] == answers


async def test_a_question_that_is_refused_says_why():
    async def refuse(_payload):
        raise NotFoundError("no such thing here")

    async with linked({"refuse": refuse}) as (asking, _):
        with pytest.raises(LinkDownError, match="no such thing here"):
            await asking.ask("refuse")


async def test_bytes_travel_whole():
    async def echo(payload):
        return payload

    async with linked({"echo": echo}) as (asking, _):
        assert {"body": b"\x00\xff" * 1000} == await asking.ask("echo", {"body": b"\x00\xff" * 1000})


async def test_when_the_other_process_dies_whoever_waits_is_told():
    waiting = asyncio.Event()

    async def never(_payload):
        waiting.set()
        await asyncio.Event().wait()

    async with linked({"never": never}) as (asking, end):
        question = asyncio.create_task(asking.ask("never"))
        await waiting.wait()
        end.shutdown(socket.SHUT_RDWR)
        with pytest.raises(LinkDownError):
            await question


async def test_with_nobody_there_a_notice_is_dropped_and_a_question_refused():
    alone = Link({})
    alone.tell("appended")

    with pytest.raises(LinkDownError, match="try again"):
        await alone.ask("status")


async def test_a_frame_that_claims_to_be_endless_cuts_the_link():
    left, right = socket.socketpair()
    serving = asyncio.create_task(Link({}).run(left))
    right.sendall((link.MAX_FRAME_BYTES + 1).to_bytes(link.LENGTH_BYTES, "big"))

    with pytest.raises(LinkDownError, match="the link is cut"):
        await serving
    right.close()


async def connected(end, socket_end):
    serving = asyncio.create_task(end.run(socket_end))
    async with asyncio.timeout(5):
        while end._writer is None:  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(0)
    return serving


async def test_nudges_to_a_process_that_hangs_do_not_pile_up():
    left, right = socket.socketpair()
    end = Link({}, nudge_pause_seconds=0)
    serving = await connected(end, left)
    for _ in range(200_000):
        end.nudge("appended")
        end._nudge_again("appended")  # as when the pause is over
    unread = end._writer.transport.get_write_buffer_size()
    right.close()
    await serving

    assert 0 < unread < 2 * link.MAX_UNREAD_BYTES


async def test_a_burst_of_nudges_is_two_notices_the_first_at_once_and_the_last_never_lost():
    left, right = socket.socketpair()
    heard = asyncio.Queue()

    async def hear(_payload):
        await heard.put("appended")

    ours, theirs = Link({}, nudge_pause_seconds=0.05), Link({"appended": hear})
    serving = [await connected(ours, left), await connected(theirs, right)]
    for _ in range(1_000):
        ours.nudge("appended")
    async with asyncio.timeout(5):
        await heard.get()
        has_come_at_once = ours._nudged == {"appended": True}
        await heard.get()
        while ours._nudged:  # noqa: ASYNC110  the second pause
            await asyncio.sleep(0)
    ours._writer.close()
    await asyncio.gather(*serving)

    assert has_come_at_once
    assert heard.empty()
