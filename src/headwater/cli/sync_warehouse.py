"""`headwater sync warehouse NAME [--wait]`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import sync_watch, warehouse_flags, warehouse_sheet
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here


async def run(
    warehouse: warehouse_flags.Name,
    /,
    *,
    wait: Annotated[bool, Parameter(negative="", help="Show how far it is until its end.")] = False,
    at: Here,
) -> None:
    """Bring a warehouse to where the log is now. A sync that is under way is finished first."""
    async with connected(at) as client:
        sync = await client.post(path_of("api", "warehouses", warehouse, "syncs"), None)
        if wait:
            sync = await sync_watch.until_over(client, warehouse, sync)
    warehouse_sheet.show_sync(at, sync)
    if wait:
        sync_watch.check_end(sync)
