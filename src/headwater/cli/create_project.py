"""`headwater create project NAME`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import identity_config
from headwater.cli.connection import connected
from headwater.cli.get_project import PROJECT
from headwater.cli.session import Here
from headwater.cli.usage import UsageError


async def run(
    name: Annotated[str | None, Parameter(help="A name for people; the slug is ours to make.")] = None,
    /,
    *,
    name_flag: Annotated[str | None, Parameter(name="--name", help="The same, as the ory CLI has it.")] = None,
    environment: Annotated[str, Parameter(help="prod, stage or dev: a label.")] = "dev",
    workspace: identity_config.Workspace = None,  # noqa: ARG001  accepted, there is only one
    at: Here,
) -> None:
    """Make an identity project: people, sessions, keys and a configuration of its own, on its own host."""
    if not (name or name_flag) or (name and name_flag):
        raise UsageError("Say the project's name, once: headwater create project NAME.")
    wanted = {"name": name or name_flag, "environment": environment}
    async with connected(at, may_create=True) as client:
        project = await client.post("/projects", wanted)
    at.show(project, view=PROJECT)
