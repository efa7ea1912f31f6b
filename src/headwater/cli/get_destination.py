"""`headwater get destination ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.create_destination import CREATED
from headwater.cli.session import Here


async def run(destination: Annotated[str, Parameter(help="The destination, by id.")], /, *, at: Here) -> None:
    """Show a destination and its settings, without their secrets."""
    async with connected(at) as client:
        found = await client.get(path_of("api", "destinations", destination))
    at.show(found, view=CREATED)
