"""`headwater patch identity-config [PROJECT] --add '/path=JSON'`: Ory's command, word for word."""

from headwater.cli import config_files, identity_config, patch_flags, patches, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    file: patch_flags.Files = (),
    add: patch_flags.Adds = (),
    replace: patch_flags.Replaces = (),
    remove: patch_flags.Removes = (),
    project_flag: identity_config.ByFlag = None,
    workspace: identity_config.Workspace = None,  # noqa: ARG001  accepted, there is only one
    yes: identity_config.Yes = False,  # noqa: ARG001  accepted, nothing is asked
    at: Here,
) -> None:
    """Change parts of a project's identity-config: all of the patch or nothing. Prints the whole new one."""
    files = await config_files.documents(file)
    patch = patches.operations(prefix=patches.IDENTITY_CONFIG, files=files, add=add, replace=replace, remove=remove)
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        answer = await client.patch(path_of("projects", chosen), patch)
    identity_config.tell(answer.get("warnings"))
    identity_config.show(at, answer["project"])
