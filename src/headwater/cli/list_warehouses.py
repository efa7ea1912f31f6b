"""`headwater list warehouses`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

WAREHOUSES = View(
    rows="warehouses",
    columns=(
        "id",
        "name",
        "kind",
        "enabled",
        "schedule",
        "last_sync.state",
        "last_sync.rows",
        "last_sync.began_at",
        "notice",
    ),
)


async def run(*, at: Here) -> None:
    """Show the warehouses, and how their last sync went."""
    async with connected(at) as client:
        answer = await client.get("/api/warehouses")
    at.show(answer, view=WAREHOUSES)
