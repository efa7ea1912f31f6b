"""Single events at a steady pace, each of which carries the moment at which it was sent."""

import asyncio
import time

import aiohttp
import msgspec

from bench import load
from bench.line import NotMeasuredError
from bench.servers import Target

OK = 200
PATH = "/v1/track"


def post(target: Target, *, per_second: float, seconds: float) -> int:
    """Post events for so long, and return how many."""
    return asyncio.run(_post(target, per_second, seconds))


async def _post(target: Target, per_second: float, seconds: float) -> int:
    count, started = round(per_second * seconds), time.perf_counter()
    headers = {"authorization": load.authorization(target), "content-type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session, asyncio.TaskGroup() as tasks:
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number / per_second - time.perf_counter()))
            tasks.create_task(_track(session, target.url + PATH))
    return count


async def _track(session: aiohttp.ClientSession, url: str) -> None:
    event = {"userId": "ada", "event": "Order Completed", "properties": {"revenue": 39.95, "sent": time.perf_counter()}}
    async with session.post(url, data=msgspec.json.encode(event)) as answer:
        await answer.read()
        if answer.status != OK:
            raise NotMeasuredError(f"an event was answered with {answer.status}")


def percentile(found: list[float], share: float) -> float:
    """Return what this share of `found` does not exceed."""
    return sorted(found)[min(len(found) - 1, int(len(found) * share))]
