"""`headwater list projects`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

# Ory's own route: its answer is the bare list.
PROJECTS = View(columns=("id", "slug", "name", "state"))


async def run(*, at: Here) -> None:
    """Show the identity projects."""
    async with connected(at) as client:
        answer = await client.get("/projects")
    at.show(answer, view=PROJECTS)
