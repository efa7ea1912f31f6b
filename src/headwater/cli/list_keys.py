"""`headwater list keys`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

KEYS = View(rows="keys", columns=("id", "name", "role", "project_id", "expires_at"))


async def run(*, at: Here) -> None:
    """Show the operator keys, without their tokens."""
    async with connected(at) as client:
        answer = await client.get("/api/keys")
    at.show(answer, view=KEYS)
