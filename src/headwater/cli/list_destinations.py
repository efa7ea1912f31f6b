"""`headwater list destinations`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

DESTINATIONS = View(rows="destinations", columns=("id", "kind", "name", "sources", "enabled"))


async def run(*, at: Here) -> None:
    """Show the destinations."""
    async with connected(at) as client:
        answer = await client.get("/api/destinations")
    at.show(answer, view=DESTINATIONS)
