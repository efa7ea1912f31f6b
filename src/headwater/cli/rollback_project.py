"""`headwater rollback project [PROJECT] --to REVISION`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import identity_config, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.get_project import PROJECT
from headwater.cli.session import Here


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    to: Annotated[str, Parameter(help="The revision, by number or id; `headwater list revisions` shows them.")],
    project_flag: identity_config.ByFlag = None,
    at: Here,
) -> None:
    """Make a project what it was at a revision. It is checked like any change, and is a new revision itself."""
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        answer = await client.post(f"{path_of('projects', chosen, 'revisions', to)}/rollback", {})
    identity_config.tell(answer["warnings"])
    at.show(answer["project"], view=PROJECT)
