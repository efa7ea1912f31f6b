"""`headwater delete operator ID`."""

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

DELETED = View(columns=("id",))


async def run(identity_id: str, /, *, at: Here) -> None:
    """Take somebody's role away; they stay who they are. Keys that they made stay, too."""
    async with connected(at) as client:
        await client.delete(path_of("api", "operators", identity_id))
    at.show({"id": identity_id}, view=DELETED)
