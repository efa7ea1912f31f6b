"""`headwater update identity-schema ID [--file FILE] [--default]`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import config_files, identity_config, identity_schema_choice, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.get_identity_schema import SCHEMA
from headwater.cli.session import Here
from headwater.cli.usage import UsageError


async def run(
    schema: identity_schema_choice.Name,
    /,
    *,
    file: Annotated[
        str | None, Parameter(help="The schema, as JSON or YAML; - is stdin.", allow_leading_hyphen=True)
    ] = None,
    url: Annotated[str | None, Parameter(help="Instead: the url of one, such as preset://email.")] = None,
    default: Annotated[bool, Parameter(negative="", help="Make it the schema of whoever names none.")] = False,
    selectable: Annotated[
        bool | None, Parameter(help="Whether whoever signs up may choose it; default: as it is.")
    ] = None,
    project: identity_config.ByFlag = None,
    at: Here,
) -> None:
    """Change an identity schema, or add one under an id that there isn't yet. Nobody's traits are changed.

    Who is there keeps what they have, also where it doesn't fit any more: `validate identity-schema` tells how many.
    """
    wish: dict[str, Any] = {"url": url, "default": default, "selfservice_selectable": selectable}
    if file is not None:
        ((name, document),) = await config_files.documents([file])
        if not isinstance(document, dict):
            raise UsageError(f"{name} is no JSON Schema: it must hold an object.")
        wish["schema"] = document
    elif url is None and selectable is None and not default:
        raise UsageError("Say what to change: --file, --url, --selectable or --default.")
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        path = identity_schema_choice.path_to(chosen, schema)
        listed = path_of("projects", chosen, "identity-schemas")
        known = {one["id"] for one in (await client.get(listed))["identity_schemas"]}
        # A new one is named in the body: in the path its id may be written in another way.
        answer = await (client.put(path, wish) if schema in known else client.post(listed, {**wish, "id": schema}))
        changed = await client.get(path)
    identity_config.tell(answer["warnings"])
    at.show(changed, view=SCHEMA)
