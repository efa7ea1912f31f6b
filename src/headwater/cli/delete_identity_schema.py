"""`headwater delete identity-schema ID`."""

from headwater.cli import identity_config, identity_schema_choice, project_choice
from headwater.cli.connection import connected
from headwater.cli.get_identity_schema import SCHEMA
from headwater.cli.session import Here


async def run(schema: identity_schema_choice.Name, /, *, project: identity_config.ByFlag = None, at: Here) -> None:
    """Take an identity schema out of a project. One that people have, or that is the default, stays."""
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        path = identity_schema_choice.path_to(chosen, schema)
        gone = await client.get(path)
        await client.delete(path)
    at.show(gone, view=SCHEMA)
