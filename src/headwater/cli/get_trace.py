"""`headwater get trace MESSAGE_ID`: "where is my event?"."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

EVENT = View(
    columns=("message_id", "source", "type", "received", "stored.offset", "via", "action.mode", "action.state")
)
TRACE = View(
    rows="deliveries",
    columns=("destination", "name", "state", "reason", "attempts.#.at", "attempts.#.status"),
    id="destination",
)


async def run(
    message_id: Annotated[str, Parameter(help="The event's messageId; of an Action's call, its trigger id.")],
    /,
    *,
    source: Annotated[str | None, Parameter(help="Slug of its source, where two sources know the id.")] = None,
    at: Here,
) -> None:
    """Show where an event went: one row for each destination of its source."""
    async with connected(at) as client:
        trace = await client.get("/api/trace", message_id=message_id, source=source)
    if at.is_table:
        at.show(trace, view=EVENT)
        print()
    if trace.get("deliveries") or not at.is_table:
        at.show(trace, view=TRACE)
    elif "deliveries" in trace:
        print("No destination is connected to this source.")
