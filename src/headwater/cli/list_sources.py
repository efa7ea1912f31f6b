"""`headwater list sources`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = ("slug", "name", "kind", "enabled", "strict", "rate_limit", "id")
SOURCES = View(rows="sources", columns=COLUMNS)
WITH_DELETED = View(rows="sources", columns=(*COLUMNS, "deleted_at"))


async def run(
    *,
    deleted: Annotated[bool, Parameter(negative="", help="Show the deleted ones, too.")] = False,
    at: Here,
) -> None:
    """Show the sources."""
    async with connected(at) as client:
        answer = await client.get("/api/sources", deleted="true" if deleted else None)
    at.show(answer, view=WITH_DELETED if deleted else SOURCES)
