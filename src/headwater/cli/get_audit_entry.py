"""`headwater get audit-entry NUMBER`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

ENTRY = View(
    columns=("number", "at", "who.name", "who.role", "via", "method", "path", "outcome", "status", "error", "subject"),
    id="number",
)
CHANGES = View(rows="changes", columns=("op", "path", "from", "to"), id="path")


async def run(
    number: Annotated[int, Parameter(help="Its number; `headwater list audit` shows which there are.")],
    /,
    *,
    at: Here,
) -> None:
    """Show who changed what, and what is different since. In other formats than a table: all of before and after."""
    async with connected(at) as client:
        answer = await client.get(path_of("api", "audit", str(number)))
    at.show(answer, view=ENTRY)
    if at.is_table and answer["changes"]:
        at.show(answer, view=CHANGES)
    if answer["note"]:
        print(answer["note"], file=sys.stderr)
