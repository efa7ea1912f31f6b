"""`headwater list suppressions`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

SUPPRESSIONS = View(rows="suppressions", columns=("user_id", "created_at"), id="user_id")


async def run(
    *,
    user_id: Annotated[str | None, Parameter(help="Only this one, if they are suppressed.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, up to 1,000.")] = 100,
    before: Annotated[int | None, Parameter(help="Go on where a page ended (its `next`).")] = None,
    at: Here,
) -> None:
    """Show who may not be processed, the newest first."""
    query = {"user_id": user_id, "limit": str(limit), "before": None if before is None else str(before)}
    async with connected(at) as client:
        answer = await client.get("/api/suppressions", **query)
    at.show(answer, view=SUPPRESSIONS)
