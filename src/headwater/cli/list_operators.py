"""`headwater list operators`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

OPERATORS = View(rows="operators", columns=("id", "name", "role", "state", "named_by", "named_at"))


async def run(*, at: Here) -> None:
    """Show who may come into the console by their account."""
    async with connected(at) as client:
        answer = await client.get("/api/operators")
    at.show(answer, view=OPERATORS)
