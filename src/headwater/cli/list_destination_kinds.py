"""`headwater list destination-kinds`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

DESTINATION_KINDS = View(
    rows="destination_kinds",
    columns=("name", "title", "category", "types", "beta", "deletion.people", "fields.#.name"),
    id="name",
)


async def run(*, at: Here) -> None:
    """Show the tools that can be a destination, and their settings."""
    async with connected(at) as client:
        answer = await client.get("/api/destination-kinds")
    at.show(answer, view=DESTINATION_KINDS)
