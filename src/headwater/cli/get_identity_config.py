"""`headwater get identity-config [PROJECT]`."""

from headwater.cli import identity_config, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    project_flag: identity_config.ByFlag = None,
    workspace: identity_config.Workspace = None,  # noqa: ARG001  accepted, there is only one
    at: Here,
) -> None:
    """Show a project's identity-config."""
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        document = await client.get(path_of("projects", chosen))
    identity_config.show(at, document)
