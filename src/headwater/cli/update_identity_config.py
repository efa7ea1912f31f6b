"""`headwater update identity-config [PROJECT] --file FILE…`: the whole of it anew, as `ory update` has it."""

from headwater.cli import config_files, config_merge, identity_config, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.patches import IDENTITY_CONFIG
from headwater.cli.session import Here

EXAMPLE = "headwater update identity-config --file identity-config.yaml"


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    file: identity_config.Files = (),
    project_flag: identity_config.ByFlag = None,
    workspace: identity_config.Workspace = None,  # noqa: ARG001  accepted, there is only one
    yes: identity_config.Yes = False,  # noqa: ARG001  accepted, nothing is asked
    at: Here,
) -> None:
    """Replace a project's identity-config by what files (or stdin) hold: all of it or nothing. Prints the new one."""
    sources = config_files.or_stdin(file, example=EXAMPLE)
    config = config_merge.merged(await config_files.documents(sources))
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        patch = [{"op": "replace", "path": IDENTITY_CONFIG, "value": config}]
        answer = await client.patch(path_of("projects", chosen), patch)
    identity_config.tell(answer.get("warnings"))
    identity_config.show(at, answer["project"])
