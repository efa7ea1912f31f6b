"""`headwater list lake-erasures`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = "id user_id anonymous_id state files_done files asked_at done_at"
ERASURES = View(rows="erasures", columns=tuple(COLUMNS.split()), id="id")


async def run(
    *,
    limit: Annotated[int, Parameter(help="At most so many, up to 1,000.")] = 100,
    before: Annotated[int | None, Parameter(help="Go on where a page ended (its `next`).")] = None,
    at: Here,
) -> None:
    """Show who was taken out of the lake, or is being, the newest first."""
    query = {"limit": str(limit), "before": None if before is None else str(before)}
    async with connected(at) as client:
        at.show(await client.get("/api/lake/erasures", **query), view=ERASURES)
