"""`headwater list queries`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

QUERIES = View(rows="queries", columns=("id", "name", "author", "saved_at"))


async def run(*, at: Here) -> None:
    """Show the saved queries: SQL over the lake that operators keep for each other, here and in the console."""
    async with connected(at) as client:
        at.show(await client.get("/api/saved-queries"), view=QUERIES)
