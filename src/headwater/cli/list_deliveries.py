"""`headwater list deliveries`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = ("at", "message_id", "destination", "number", "outcome", "status", "reason")
DELIVERIES = View(rows="deliveries", columns=COLUMNS, id="message_id")


async def run(
    *,
    destination: Annotated[str | None, Parameter(help="Only of this one, by its id.")] = None,
    limit: Annotated[int | None, Parameter(help="At most so many, the newest first.")] = None,
    before: Annotated[int | None, Parameter(help="Go on where a page ended: older ones than this id.")] = None,
    at: Here,
) -> None:
    """Show what was delivered lately, and what wasn't."""
    async with connected(at) as client:
        answer = await client.get(
            "/api/deliveries",
            destination=destination,
            limit=None if limit is None else str(limit),
            before=None if before is None else str(before),
        )
    at.show(answer, view=DELIVERIES)
    if answer.get("next") and at.is_table:
        print(f"There may be more: --before {answer['next']}.", file=sys.stderr)
