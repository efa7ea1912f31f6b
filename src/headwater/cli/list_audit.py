"""`headwater list audit`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

AUDIT = View(
    rows="entries",
    columns=("number", "at", "who.name", "via", "method", "path", "outcome", "status"),
    id="number",
)


async def run(
    *,
    limit: Annotated[int, Parameter(help="At most so many, up to 1,000.")] = 100,
    before_number: Annotated[int | None, Parameter(help="Go on where a page ended (its `next`).")] = None,
    who: Annotated[str | None, Parameter(help="Only what was done with this key, by its id or its name.")] = None,
    since: Annotated[str | None, Parameter(help="Not before this time, or this age, such as 1h.")] = None,
    path: Annotated[str | None, Parameter(help="Only where the path begins so, such as /api/destinations.")] = None,
    at: Here,
) -> None:
    """Show who changed what, the newest first; `headwater get audit-entry` shows what is different since."""
    number = None if before_number is None else str(before_number)
    query = {"limit": str(limit), "before_number": number, "who": who, "since": since, "path": path}
    async with connected(at) as client:
        answer = await client.get("/api/audit", **query)
    at.show(answer, view=AUDIT)
