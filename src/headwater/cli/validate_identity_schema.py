"""`headwater validate identity-schema FILE [--id ID]`: is it one, and whom would it leave out? Nothing is changed."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import config_files, identity_config, one_line, project_choice
from headwater.cli.client import RequestFailedError, path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

REPORT = View(columns=("valid", "people.looked_at", "people.invalid"), id="valid")
LOOKED_AT = 1_000


async def run(
    file: Annotated[str, Parameter(help="The schema, as JSON or YAML; - is stdin.", allow_leading_hyphen=True)],
    /,
    *,
    id_: Annotated[
        str | None, Parameter(name="--id", help="The schema that it would replace: its people are looked at.")
    ] = None,
    newest: Annotated[int, Parameter(help="So many of them, the newest.")] = LOOKED_AT,
    project: identity_config.ByFlag = None,
    at: Here,
) -> None:
    """Check an identity schema, and tell how many people it would leave out. Nothing is changed."""
    ((name, document),) = await config_files.documents([file])
    if not isinstance(document, dict):
        raise UsageError(f"{name} is no JSON Schema: it must hold an object.")
    wish = {"schema": document} if id_ is None else {"schema": document, "id": id_, "newest": newest}
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        report = await client.post(path_of("projects", chosen, "identity-schema-check"), wish)
    if report["valid"] or not at.is_table:
        at.show(report, view=REPORT)
    if not report["valid"]:
        raise RequestFailedError(f"Not valid: {report['problem']['message']}")
    for one in (report["people"] or {}).get("examples", ()):
        said = "; ".join(f"{problem['path']}: {problem['message']}" for problem in one["problems"])
        print(one_line.flatten(f"warning: {one['id']}: {said}"), file=sys.stderr)
