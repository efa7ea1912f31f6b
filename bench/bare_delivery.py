"""The bare loop that mapped delivery is measured against: our outbound client, ready bodies, and nothing else.

No log, no mapping, no record of what was sent; as many requests at once as a destination has.
"""

import asyncio
from collections.abc import Iterator

from headwater.deliver.limits import LaneLimits
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.net.outbound import Request

HEADERS = (("Content-Type", "application/json"),)


def post(url: str, body: bytes, *, times: int) -> None:
    """Post `body` so many times."""
    asyncio.run(_post(Request(method="POST", url=url, headers=HEADERS, body=body), times))


async def _post(request: Request, times: int) -> None:
    outbound, turns = Outbound(AddressPolicy(allow_private=True)), iter(range(times))
    async with asyncio.TaskGroup() as tasks:
        for _ in range(LaneLimits().concurrency):
            tasks.create_task(_work(outbound, request, turns))
    await outbound.close()


async def _work(outbound: Outbound, request: Request, turns: Iterator[int]) -> None:
    for _ in turns:
        await outbound.send(request)
