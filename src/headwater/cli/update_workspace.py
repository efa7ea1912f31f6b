"""`headwater update workspace --set key=value`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import pairs
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

WORKSPACE = View(columns=("id", "name", "tracking_aliases"))


async def run(
    *,
    set: Annotated[list[str], Parameter(negative="", help="A setting, such as tracking_aliases=true.")],  # noqa: A002  the flag's name
    at: Here,
) -> None:
    """Change the workspace's settings."""
    changes = pairs.values(set)
    async with connected(at) as client:
        workspace = await client.patch("/api/workspace", changes)
    at.show(workspace, view=WORKSPACE)
