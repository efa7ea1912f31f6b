"""`headwater patch project [PROJECT] --replace '/name="…"'`: paths of the project's whole document."""

from headwater.cli import config_files, identity_config, patch_flags, patches, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.get_project import PROJECT
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
    """Change parts of a project's document: all of the patch or nothing. An identity-config path is longer here."""
    files = await config_files.documents(file)
    patch = patches.operations(files=files, add=add, replace=replace, remove=remove)
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        answer = await client.patch(path_of("projects", chosen), patch)
    identity_config.tell(answer.get("warnings"))
    at.show(answer["project"], view=PROJECT)
