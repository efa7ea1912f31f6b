"""`headwater patch identity-config [PROJECT] --add '/path=JSON'`: Ory's command, word for word."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import identity_config, one_line, patches, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    add: Annotated[
        tuple[str, ...], Parameter(negative="", show_default=False, help="'/path=JSON', inserted there; repeatable.")
    ] = (),
    replace: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="'/path=JSON', instead of what is there; repeatable."),
    ] = (),
    remove: Annotated[
        tuple[str, ...], Parameter(negative="", show_default=False, help="/path, taken away; repeatable.")
    ] = (),
    project_flag: identity_config.ByFlag = None,
    workspace: identity_config.Workspace = None,  # noqa: ARG001  accepted, there is only one
    at: Here,
) -> None:
    """Change parts of a project's identity-config: all of the patch or nothing. Prints the whole new one."""
    patch = patches.operations(prefix=patches.IDENTITY_CONFIG, add=add, replace=replace, remove=remove)
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        answer = await client.patch(path_of("projects", chosen), patch)
    for warning in answer.get("warnings") or ():
        text = f"warning: {warning.get('message', warning)} ({warning.get('code', 'no code')})"
        print(one_line.flatten(text), file=sys.stderr)
    identity_config.show(at, answer["project"])
