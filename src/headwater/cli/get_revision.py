"""`headwater get revision REVISION [--diff]`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import identity_config, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

REVISION = View(columns=("number", "created_at", "change", "author.name", "id"))
CHANGES = View(rows="changes", columns=("op", "path", "from", "to"), id="path")
CURRENT = "current"


async def run(
    revision: Annotated[str, Parameter(help="Its number or id; current or previous.")],
    /,
    *,
    diff: Annotated[bool, Parameter(negative="", help="Show what is different since, instead.")] = False,
    to: Annotated[str | None, Parameter(help="With --diff: until this revision; default: current.")] = None,
    project: identity_config.ByFlag = None,
    at: Here,
) -> None:
    """Show a project's document as it was, or with --diff what was changed since."""
    if to is not None and not diff:
        raise UsageError("--to says until when a --diff goes; it takes both.")
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        path = path_of("projects", chosen, "revisions", revision)
        if diff:
            at.show(await client.get(f"{path}/diff", to=to or CURRENT), view=CHANGES)
        else:
            at.show(await client.get(path), view=REVISION)
