"""`headwater get identity-schema ID`."""

from headwater.cli import identity_config, identity_schema_choice, project_choice
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

SCHEMA = View(columns=("id", "is_default", "preset", "uses.#.trait"))
DEFAULT_FORMAT = "yaml"


async def run(schema: identity_schema_choice.Name, /, *, project: identity_config.ByFlag = None, at: Here) -> None:
    """Show an identity schema, and what people sign in with, are reached at and get back in by."""
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        found = await client.get(identity_schema_choice.path_to(chosen, schema))
    at.show(found, view=SCHEMA, default=DEFAULT_FORMAT)
