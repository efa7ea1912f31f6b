"""`headwater plan FILE`: what applying it would change. Nothing is changed or sent."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import blueprint_diff, blueprint_file
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

PLAN = View(rows="changes", columns=("action", "kind", "name"), id="name")
DONE, THERE_ARE_CHANGES = 0, 3

File = Annotated[
    str,
    Parameter(allow_leading_hyphen=True, help="The configuration, as `headwater get config` writes it; - is stdin."),
]
Prune = Annotated[
    bool, Parameter(negative="", help="Delete the sources and destinations that the file lacks; never a project.")
]


async def run(
    file: File,
    /,
    *,
    prune: Prune = False,
    last: Annotated[
        int | None,
        Parameter(help="Also render the last N firings of Actions anew, and show which requests change."),
    ] = None,
    exit_code: Annotated[bool, Parameter(negative="", help="Exit with 3 where anything would change.")] = False,
    at: Here,
) -> int:
    """Show what applying a configuration would change."""
    document = blueprint_file.read(file)
    async with connected(at) as client:
        planned = await client.post("/api/config/plan", {"document": document, "prune": prune, "last": last})
    for line in blueprint_diff.remarks(planned):
        print(line, file=sys.stderr)
    if at.is_table:
        print(blueprint_diff.text(planned))
    else:
        at.show(planned, view=PLAN)
    return THERE_ARE_CHANGES if exit_code and planned["changes"] else DONE
