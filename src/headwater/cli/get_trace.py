"""`headwater get trace MESSAGE_ID`: "where is my event?"."""

import json
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import one_line
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
    exchanges: Annotated[
        bool,
        Parameter(
            help="Also what was sent and answered at the last attempt that failed, or what a shadow would have sent."
            " Kept for 7 days; secrets are withheld.",
            negative="",
        ),
    ] = False,
    at: Here,
) -> None:
    """Show where an event went: one row for each destination of its source."""
    wishes = {"exchanges": "true"} if exchanges else {}
    async with connected(at) as client:
        trace = await client.get("/api/trace", message_id=message_id, source=source, **wishes)
    if at.is_table:
        at.show(trace, view=EVENT)
        print()
    if trace.get("deliveries") or not at.is_table:
        at.show(trace, view=TRACE)
    elif "deliveries" in trace:
        print("No destination is connected to this source.")
    if exchanges and at.is_table:
        _show(trace.get("deliveries", []))


def _show(deliveries: list[dict[str, Any]]) -> None:
    for row in deliveries:
        said = row["exchange"]
        if said is None:
            print(f"\n# {row['name']}: nothing is kept of what was said.")
            continue
        requests = [("request", one) for one in (*said.get("before", ()), said["request"])]
        for name, value in (*requests, ("response", said["response"])):
            if value is not None:
                print(f"\n# {row['name']}: {name}")
                lines = json.dumps(value, ensure_ascii=False, indent=2).splitlines()
                print("\n".join(one_line.visible(line) for line in lines))
