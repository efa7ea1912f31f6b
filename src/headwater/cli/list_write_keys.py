"""`headwater list write-keys SOURCE`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

KEYS = View(rows="write_keys", columns=("id", "key", "created_at"))


async def run(source: Annotated[str, Parameter(help="The source, by slug or id.")], /, *, at: Here) -> None:
    """Show a source's write keys, oldest first. They are no secrets."""
    async with connected(at) as client:
        answer = await client.get(path_of("api", "sources", source, "write-keys"))
    at.show(answer, view=KEYS)
