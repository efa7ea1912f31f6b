"""Whoever only tries Jsonnet out leaves workers to those who need it."""

import asyncio

from headwater.mapping.evaluation import Snippet
from headwater.mapping.rations import AT_ONCE, Ration


class Slow:
    """An evaluator that answers nobody before it may, and counts who waits."""

    def __init__(self):
        self.running = self.peak = 0
        self.arrived, self.may_answer = asyncio.Semaphore(0), asyncio.Event()

    async def evaluate(self, _snippet, *, arguments):  # noqa: ARG002  an Evaluator's
        await self.check(_snippet)
        return "null\n"

    async def check(self, _snippet):
        self.running += 1
        self.peak = max(self.peak, self.running)
        self.arrived.release()
        await self.may_answer.wait()
        self.running -= 1


async def test_a_crowd_of_programs_that_never_end_holds_two_workers_and_all_are_answered_in_the_end():
    slow = Slow()
    ration = Ration(slow)
    crowd = [asyncio.create_task(ration.evaluate(Snippet("1"), arguments={})) for _ in range(5)]
    crowd += [asyncio.create_task(ration.check(Snippet("1"))) for _ in range(5)]
    await slow.arrived.acquire()
    slow.may_answer.set()
    await asyncio.gather(*crowd)

    assert slow.peak == AT_ONCE
