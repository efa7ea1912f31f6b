"""`headwater list events`: the newest events."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = ("received_at", "source", "type", "name", "user_id", "anonymous_id", "message_id")
EVENTS = View(rows="events", columns=COLUMNS, id="message_id")


async def run(
    *,
    source: Annotated[str | None, Parameter(help="Slug of a source; all of them without it.")] = None,
    type: Annotated[str | None, Parameter(help="Only track, identify, page, … calls.")] = None,  # noqa: A002  the flag's name
    limit: Annotated[int | None, Parameter(help="At most so many, the newest first.")] = None,
    at: Here,
) -> None:
    """Show the newest events, the newest first."""
    async with connected(at) as client:
        asked = None if limit is None else str(limit)
        answer = await client.get("/api/events", source=source, type=type, limit=asked)
    at.show(answer, view=EVENTS)
    if answer.get("is_cut"):
        print(f"Only the newest {answer['scanned']} records were looked at.", file=sys.stderr)
