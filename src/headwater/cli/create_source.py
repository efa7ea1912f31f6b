"""`headwater create source NAME`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

CREATED = View(columns=("id", "slug", "name", "kind", "enabled", "write_keys.#.key"))


async def run(
    name: Annotated[str, Parameter(help="A name for people; the slug is made of it.")],
    /,
    *,
    kind: Annotated[str, Parameter(help="What sends the events, such as http-api or ory-actions.")] = "http-api",
    at: Here,
) -> None:
    """Make a source and its write key."""
    async with connected(at, may_create=True) as client:
        source = await client.post("/api/sources", {"name": name, "kind": kind})
    at.show(source, view=CREATED)
