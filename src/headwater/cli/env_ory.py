"""`headwater env ory [PROJECT]`: what points Ory's own command line at this server."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import identity_config, ory_environment, ory_hosts, project_choice
from headwater.cli.client import Client, path_of
from headwater.cli.connection import IN_PROCESS_URL, connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.core.errors import HeadwaterError

VARIABLES = View(columns=ory_environment.VARIABLES)
KEY_NAME = "ory CLI"


class NoServerError(HeadwaterError):
    """No server is running that the ory CLI could call. Start one with `headwater serve`."""

    code = "no_server"
    status = 409


async def run(
    project: identity_config.ByPosition = None,
    /,
    *,
    project_flag: identity_config.ByFlag = None,
    create_key: Annotated[bool, Parameter(negative="", help="Make a new key, and export it too.")] = False,
    project_key: Annotated[
        bool, Parameter(negative="", help="Let that be a key of the project: `ory list identities` needs one.")
    ] = False,
    at: Here,
) -> None:
    """Print the exports that point the ory CLI here, for a shell: eval "$(headwater env ory --create-key)".

    A key is only shown when it is made: without --create-key none is printed.
    """
    async with connected(at) as client:
        # Asked only where it can be so: a project's key may not ask for the status.
        if client.url == IN_PROCESS_URL and not (await client.get("/api/status"))["running"]:
            raise NoServerError
        home = ory_hosts.home(client.url)
        chosen = await project_choice.choose(client, by_position=project, by_flag=project_flag)
        found = await client.get(path_of("projects", chosen))
        key = await _new_key(client, project_id=found["id"] if project_key else None) if create_key else None
    environment = ory_environment.Environment(home=home, project_id=found["id"], key=key, is_project_key=project_key)
    if at.output.format is None and not at.output.is_quiet:
        print("\n".join(ory_environment.shell_lines(environment)))
    else:
        at.show(ory_environment.variables(environment), view=VARIABLES)
    for line in ory_hosts.advice(home, slug=found["slug"]):
        print(line, file=sys.stderr)


async def _new_key(client: Client, *, project_id: str | None) -> str:
    """Make an administrator's key, of the workspace unless a project is named, and return it."""
    wanted = {"role": "admin", "name": KEY_NAME}
    made = await client.post("/api/keys", wanted if project_id is None else {**wanted, "project_id": project_id})
    return str(made["key"])
