"""`headwater update project [PROJECT] --file FILE…`: what the files name of a project's document, anew."""

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import config_files, config_merge, identity_config, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.get_project import PROJECT
from headwater.cli.session import Here

EXAMPLE = "headwater update project --file project.yaml"
SERVICES = "services"


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    file: identity_config.Files = (),
    name: Annotated[str | None, Parameter(name=("--name", "-n"), help="Another name for people.")] = None,
    project_flag: identity_config.ByFlag = None,
    workspace: identity_config.Workspace = None,  # noqa: ARG001  accepted, there is only one
    yes: identity_config.Yes = False,  # noqa: ARG001  accepted, nothing is asked
    at: Here,
) -> None:
    """Replace what files (or stdin) name: the name, a service's configuration, CORS. What they don't name stays."""
    sources = file if file or name is not None else config_files.or_stdin(file, example=EXAMPLE)
    document = config_merge.merged(await config_files.documents(sources))
    if name is not None:
        document["name"] = name
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        answer = await client.patch(path_of("projects", chosen), list(_replacing(document)))
    identity_config.tell(answer.get("warnings"))
    at.show(answer["project"], view=PROJECT)


def _replacing(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the operations of one JSON Patch. Of the services, each is replaced for itself, as Ory has it."""
    for key, value in document.items():
        if key == SERVICES and isinstance(value, dict):
            for service, config in value.items():
                yield {"op": "replace", "path": f"/{SERVICES}/{_escaped(service)}", "value": config}
        else:
            yield {"op": "replace", "path": f"/{_escaped(key)}", "value": value}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
