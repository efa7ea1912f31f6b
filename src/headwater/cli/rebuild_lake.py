"""`headwater rebuild lake [--source SLUG]`: the tables made anew from the archive, and watched until they are."""

import sys
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.client import Client, RequestFailedError
from headwater.cli.connection import connected
from headwater.cli.get_lake import LAKE
from headwater.cli.session import Here
from headwater.core.clock import SystemClock

LOOK_EVERY_SECONDS = 0.5


async def run(
    *,
    source: Annotated[str | None, Parameter(help="Slug of a source; all of them without it.")] = None,
    at: Here,
) -> None:
    """Make the lake's tables anew from the archive. Queries see the old ones until the new ones are whole."""
    async with connected(at) as client:
        begun = await client.post("/api/lake/rebuild", {} if source is None else {"source": source})
        lake = await _done(client, begun["rebuild"])
        if lake.get("rebuild_failed"):
            raise RequestFailedError(f"The tables are as they were: {lake['rebuild_failed']}")
        print(f"{lake['rebuilt_events']:,} events of the archive are in the tables.", file=sys.stderr)
        at.show(lake, view=LAKE)


async def _done(client: Client, number: int) -> dict[str, Any]:
    """Return the lake as it is when that rebuild is over, well or not. Raises RequestFailedError."""
    clock = SystemClock()
    while True:
        lake: dict[str, Any] = await client.get("/api/lake")
        if lake.get("rebuilt", 0) >= number:
            return lake
        if "rebuild" in lake and lake["rebuild"] < number:
            raise RequestFailedError("The server began anew before the rebuild was done: the tables are as they were.")
        await clock.sleep(LOOK_EVERY_SECONDS)
