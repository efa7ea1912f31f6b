"""`headwater list sources`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

SOURCES = View(rows="sources", columns=("slug", "name", "kind", "enabled", "id"))


async def run(*, at: Here) -> None:
    """Show the sources."""
    async with connected(at) as client:
        answer = await client.get("/api/sources")
    at.show(answer, view=SOURCES)
