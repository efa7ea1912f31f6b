"""`headwater get warehouse NAME`."""

from headwater.cli import warehouse_flags
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here
from headwater.cli.warehouse_sheet import WAREHOUSE


async def run(warehouse: warehouse_flags.Name, /, *, at: Here) -> None:
    """Show a warehouse and its settings, without its secrets."""
    async with connected(at) as client:
        found = await client.get(path_of("api", "warehouses", warehouse))
    at.show(found, view=WAREHOUSE)
