"""`headwater delete project PROJECT`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.get_project import PROJECT
from headwater.cli.session import Here


async def run(project: Annotated[str, Parameter(help="The project, by id or slug.")], /, *, at: Here) -> None:
    """Delete a project with all its people, sessions, mail and keys, for good; the events that it caused stay."""
    path = path_of("projects", project)
    async with connected(at) as client:
        gone = await client.get(path)
        await client.delete(path)
    at.show(gone, view=PROJECT)
    print(f"Deleted {gone['slug']}, its people, their sessions and its keys.", file=sys.stderr)
