"""`headwater get project [PROJECT]`."""

from headwater.cli import identity_config, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

PROJECT = View(columns=("id", "slug", "name", "state", "environment", "revision_id"))


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    project_flag: identity_config.ByFlag = None,
    workspace: identity_config.Workspace = None,  # noqa: ARG001  accepted, there is only one
    at: Here,
) -> None:
    """Show a project's whole document."""
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        document = await client.get(path_of("projects", chosen))
    at.show(document, view=PROJECT)
