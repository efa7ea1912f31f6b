"""`headwater delete key ID`."""

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

DELETED = View(columns=("id",))


async def run(key_id: str, /, *, at: Here) -> None:
    """Make an operator key worthless."""
    async with connected(at) as client:
        await client.delete(path_of("api", "keys", key_id))
    at.show({"id": key_id}, view=DELETED)
