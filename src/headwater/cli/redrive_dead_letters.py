"""`headwater redrive dead-letters --destination ID`: what had been given up is sent again, in its own order."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

REDRIVEN = View(columns=("destination", "redriven"), id="destination")


async def run(
    *,
    destination: Annotated[str, Parameter(help="The destination, by id; actions for queued Actions.")],
    id: Annotated[  # noqa: A002  the flag's name
        int | None, Parameter(help="This one only: `headwater list dead-letters`. Without it, all of them.")
    ] = None,
    at: Here,
) -> None:
    """Send dead letters again, with fresh patience, and say how many. One whose body has expired stays."""
    body: dict[str, Any] = {"destination": destination}
    async with connected(at) as client:
        answer = await client.post("/api/dead-letters/redrive", body if id is None else {**body, "id": id})
    at.show(answer, view=REDRIVEN)
