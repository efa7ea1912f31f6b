"""`headwater get status`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = (
    "version running url data workspace.id workspace.name workspace.tracking_aliases project.id project.slug roles"
)
STATUS = View(columns=tuple(COLUMNS.split()), id="workspace.id")


async def run(*, at: Here) -> None:
    """Show what the server is and where it keeps things."""
    async with connected(at) as client:
        status = await client.get("/api/status")
    at.show(status, view=STATUS)
