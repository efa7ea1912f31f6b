"""`headwater list dead-letters`: what was given up, found by what is known of it, or counted."""

import sys
from typing import Annotated, Literal

from cyclopts import Parameter

from headwater.cli import dead_letter_flags
from headwater.cli.connection import connected
from headwater.cli.dead_letter_flags import ANY, Alike
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

COLUMNS = ("id", "at", "destination", "message_id", "type", "name", "state", "status", "attempts", "reason")
DEAD_LETTERS = View(rows="dead_letters", columns=COLUMNS)
COUNTED = {
    "cause": ("state", "code", "status", "reason"),
    "code": ("code",),
    "status": ("status",),
    "event": ("type", "name"),
    "source": ("source",),
    "destination": ("destination",),
}


async def run(
    *,
    destination: dead_letter_flags.Destination = None,
    alike: Alike = ANY,
    source: dead_letter_flags.Source = None,
    count_by: Annotated[
        Literal["cause", "code", "status", "event", "source", "destination"] | None,
        Parameter(help="Show how many have what in common, the most first."),
    ] = None,
    limit: Annotated[int | None, Parameter(help="At most so many, the newest first.")] = None,
    before: Annotated[int | None, Parameter(help="Go on where a page ended: older ones than this id.")] = None,
    at: Here,
) -> None:
    """Show the deliveries that will not be tried again, the newest first."""
    query = dead_letter_flags.as_query(dead_letter_flags.given(alike, source=source))
    page = {"limit": limit, "before": before}
    if count_by is not None and (limit is not None or before is not None):
        raise UsageError("--count-by counts all of them; --limit and --before are for a page.")
    query |= {name: str(number) for name, number in page.items() if number is not None}
    async with connected(at) as client:
        if count_by is not None:
            answer = await client.get("/api/dead-letters/counts", destination=destination, count_by=count_by, **query)
        else:
            answer = await client.get("/api/dead-letters", destination=destination, **query)
    if count_by is None:
        at.show(answer, view=DEAD_LETTERS)
        if answer.get("next") and at.is_table:
            print(f"There may be more: --before {answer['next']}.", file=sys.stderr)
        return
    columns = ("count", *COUNTED[count_by], "newest", "example")
    at.show(answer, view=View(rows="counts", columns=columns, id="example"))
    if at.is_table:
        others = f", {answer['others']:,} of them not shown" if answer["others"] else ""
        print(f"{answer['total']:,} dead letters{others}.", file=sys.stderr)
