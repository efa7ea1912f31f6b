"""`headwater list deliveries`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = ("at", "message_id", "destination", "number", "outcome", "status", "reason")
DELIVERIES = View(rows="deliveries", columns=COLUMNS, id="message_id")


async def run(
    *, limit: Annotated[int | None, Parameter(help="At most so many, the newest first.")] = None, at: Here
) -> None:
    """Show what was delivered lately, and what wasn't."""
    async with connected(at) as client:
        answer = await client.get("/api/deliveries", limit=None if limit is None else str(limit))
    at.show(answer, view=DELIVERIES)
