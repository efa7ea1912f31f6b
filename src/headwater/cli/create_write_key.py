"""`headwater create write-key SOURCE`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

CREATED = View(columns=("id", "key", "created_at"))


async def run(source: Annotated[str, Parameter(help="The source, by slug or id.")], /, *, at: Here) -> None:
    """Give a source one more write key. It works when the command returns, and the others go on working."""
    async with connected(at) as client:
        key = await client.post(path_of("api", "sources", source, "write-keys"), {})
    at.show(key, view=CREATED)
