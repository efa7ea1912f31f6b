"""`headwater list identity-schemas [PROJECT]`."""

from headwater.cli import identity_config, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

SCHEMAS = View(rows="identity_schemas", columns=("id", "is_default", "preset", "selfservice_selectable"))


async def run(
    project: identity_config.ByPosition = None, /, *, project_flag: identity_config.ByFlag = None, at: Here
) -> None:
    """Show the identity schemas of a project: what its people have for traits."""
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        answer = await client.get(path_of("projects", chosen, "identity-schemas"))
    at.show(answer, view=SCHEMAS)
