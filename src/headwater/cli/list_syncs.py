"""`headwater list syncs --warehouse NAME`."""

from headwater.cli import warehouse_flags
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.warehouse_sheet import SYNC_COLUMNS

SYNCS = View(rows="syncs", columns=SYNC_COLUMNS)


async def run(*, warehouse: warehouse_flags.Name, at: Here) -> None:
    """Show the syncs of a warehouse, newest first: the last hundred. JSON has what became of each table."""
    async with connected(at) as client:
        answer = await client.get(path_of("api", "warehouses", warehouse, "syncs"))
    at.show(answer, view=SYNCS)
