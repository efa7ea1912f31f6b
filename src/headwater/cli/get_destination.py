"""`headwater get destination ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import destination_sheet
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here


async def run(destination: Annotated[str, Parameter(help="The destination, by id.")], /, *, at: Here) -> None:
    """Show a destination: its settings, without their secrets, its filters and its mappings."""
    async with connected(at) as client:
        found = await client.get(path_of("api", "destinations", destination))
    destination_sheet.show(at, found)
