"""One dead receiver of queued Actions does not hold the workers that others need."""

import asyncio

import pytest

from headwater.deliver.receivers import Receivers
from headwater.net.outbound import BadOutboundRequestError, Request, Response, UnreachableError

DEAD = Request(method="POST", url="http://user:pw@dead.example/a")
ALIVE = Request(method="POST", url="http://alive.example/a")


class Script:
    """Answers for the living at once; whoever asks the dead waits until told."""

    def __init__(self):
        self.asked = []
        self.answers = []

    async def send(self, request):
        self.asked.append(request)
        if request == ALIVE:
            return Response(status=200)
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]


async def started(task):
    for _ in range(5):
        await asyncio.sleep(0)
    return task


async def test_while_one_call_is_tried_the_others_are_told_at_once_and_the_living_get_theirs():
    script = Script()
    receivers = Receivers(script)
    first = await started(asyncio.create_task(receivers.send(DEAD)))
    script.answers[0].set_exception(UnreachableError())
    with pytest.raises(UnreachableError):
        await first
    tried = await started(asyncio.create_task(receivers.send(DEAD)))
    with pytest.raises(UnreachableError, match=r"dead\.example does not answer; one call") as caught:
        await receivers.send(DEAD)
    answer = await receivers.send(ALIVE)
    tried.cancel()

    assert 200 == answer.status
    assert "pw" not in caught.value.message
    assert 2 == script.asked.count(DEAD)


async def test_one_answer_of_whatever_status_and_all_may_call_again():
    script = Script()
    receivers = Receivers(script)
    first = await started(asyncio.create_task(receivers.send(DEAD)))
    script.answers[0].set_exception(UnreachableError())
    await asyncio.wait([first])
    tried = await started(asyncio.create_task(receivers.send(DEAD)))
    script.answers[1].set_result(Response(status=500))
    await tried
    both = [await started(asyncio.create_task(receivers.send(DEAD))) for _ in range(2)]
    for task in both:
        task.cancel()

    assert isinstance(first.exception(), UnreachableError)
    assert 4 == script.asked.count(DEAD)


async def test_a_request_that_is_wrong_in_itself_says_nothing_of_its_receiver():
    script = Script()
    receivers = Receivers(script)
    first = await started(asyncio.create_task(receivers.send(DEAD)))
    script.answers[0].set_exception(BadOutboundRequestError())
    await asyncio.wait([first])
    both = [await started(asyncio.create_task(receivers.send(DEAD))) for _ in range(2)]
    for task in both:
        task.cancel()

    assert isinstance(first.exception(), BadOutboundRequestError)
    assert 3 == script.asked.count(DEAD)
