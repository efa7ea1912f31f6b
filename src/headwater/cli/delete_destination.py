"""`headwater delete destination ID`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.destination_sheet import SHEET
from headwater.cli.session import Here


async def run(destination: Annotated[str, Parameter(help="The destination, by id.")], /, *, at: Here) -> None:
    """End a destination for good: nothing is sent to it any more, and what waited to be sent is forgotten."""
    path = path_of("api", "destinations", destination)
    async with connected(at) as client:
        gone = await client.get(path)
        await client.delete(path)
    at.show(gone, view=SHEET)
    forgotten = "Its settings, the events that waited for another try and its dead letters are gone"
    print(f"Deleted {gone['name']}. {forgotten}; traces still tell what it was sent.", file=sys.stderr)
