"""`headwater list revisions [PROJECT]`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import identity_config, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

REVISIONS = View(rows="revisions", columns=("number", "created_at", "change", "author.name", "id"))


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    project_flag: identity_config.ByFlag = None,
    page_size: Annotated[int | None, Parameter(help="At most so many.")] = None,
    page_token: Annotated[str | None, Parameter(help="Go on where a page ended (its next_page_token).")] = None,
    at: Here,
) -> None:
    """Show what a project's document was, newest first: when it was changed, how, and with whose key."""
    size = None if page_size is None else str(page_size)
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        path = path_of("projects", chosen, "revisions")
        answer = await client.get(path, page_size=size, page_token=page_token)
    at.show(answer, view=REVISIONS)
