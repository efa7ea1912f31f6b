"""`headwater list dead-letters --destination ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

DEAD_LETTERS = View(rows="dead_letters", columns=("id", "at", "message_id", "state", "attempts", "reason"))


async def run(
    *,
    destination: Annotated[str, Parameter(help="The destination, by id; actions for queued Actions.")],
    at: Here,
) -> None:
    """Show the deliveries that will not be tried again, the newest first."""
    async with connected(at) as client:
        answer = await client.get("/api/dead-letters", destination=destination)
    at.show(answer, view=DEAD_LETTERS)
