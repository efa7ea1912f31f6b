"""`headwater list replays [--destination ID]`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

REPLAYS = View(
    rows="replays",
    columns=("id", "name", "state", "done", "events", "outcomes.rejected", "outcomes.retrying", "since", "until"),
)


async def run(
    *, destination: Annotated[str | None, Parameter(help="Of this destination only, by id.")] = None, at: Here
) -> None:
    """Show the replays, newest first: those under way, and the last hundred that are over."""
    async with connected(at) as client:
        answer = await client.get("/api/replays", destination=destination)
    at.show(answer, view=REPLAYS)
