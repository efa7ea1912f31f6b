"""`headwater delete warehouse NAME`."""

import sys

from headwater.cli import warehouse_flags
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here
from headwater.cli.warehouse_sheet import WAREHOUSE


async def run(warehouse: warehouse_flags.Name, /, *, at: Here) -> None:
    """Sync a warehouse no more, and forget its settings and history. What is in it stays there."""
    path = path_of("api", "warehouses", warehouse)
    async with connected(at) as client:
        gone = await client.get(path)
        await client.delete(path)
    at.show(gone, view=WAREHOUSE)
    print(f"Deleted {gone['name']}. Its tables stay as they are.", file=sys.stderr)
