"""`headwater list tables`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

TABLES = View(rows="tables", columns=("schema", "table", "columns.#.name"), id="table")


async def run(
    *,
    source: Annotated[str | None, Parameter(help="Slug of a source; all of them without it.")] = None,
    at: Here,
) -> None:
    """Show the tables that `headwater query` can be asked of: one for each event, and Segment's own."""
    async with connected(at) as client:
        at.show(await client.get("/api/tables", source=source), view=TABLES)
