"""`headwater list rejected-events`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = ("source", "code", "count", "last_at", "meaning", "sample")
REJECTED_EVENTS = View(rows="rejected_events", columns=COLUMNS, id="code")


async def run(*, at: Here) -> None:
    """Show which events were turned away, and why."""
    async with connected(at) as client:
        answer = await client.get("/api/rejected-events")
    at.show(answer, view=REJECTED_EVENTS)
