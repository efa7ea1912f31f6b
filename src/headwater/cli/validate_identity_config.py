"""`headwater validate identity-config FILE…`: would it be taken, and what would be warned of? Nothing is changed."""

from contextlib import AsyncExitStack
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import config_files, config_merge, identity_config, project_choice, rehearsal
from headwater.cli.client import RequestFailedError, path_of
from headwater.cli.connection import NoDataError, connected
from headwater.cli.output import View
from headwater.cli.session import Here, Session

EXAMPLE = "headwater validate identity-config identity-config.yaml"
REPORT = View(columns=("valid",), id="valid")
VALID = "The identity-config is valid."


async def run(
    *files: Annotated[str, Parameter(help="YAML or JSON, as for `update identity-config`.")],
    stdin: Annotated[bool, Parameter(name="-", negative="", help="Read stdin; also when no file is named.")] = False,
    file: identity_config.Files = (),
    project_flag: identity_config.ByFlag = None,
    workspace: identity_config.Workspace = None,  # noqa: ARG001  accepted, there is only one
    at: Here,
) -> None:
    """Check what files (or stdin) hold as `update identity-config` would take it: all of them merged.

    Without a server and without data it is checked all the same, as for a new project.
    """
    sources = config_files.or_stdin((*files, *file, *([config_files.STDIN] if stdin else [])), example=EXAMPLE)
    config = config_merge.merged(await config_files.documents(sources))
    report = await _report(config, project_flag, at)
    identity_config.tell(report["warnings"])
    if not report["valid"]:
        if not at.is_table:
            at.show(report, view=REPORT)
        raise RequestFailedError(f"Not valid: {report['problem']['message']}")
    if at.is_table:
        print(VALID)
    else:
        at.show(report, view=REPORT)


async def _report(config: dict[str, Any], project: str | None, at: Session) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(connected(at))
        except NoDataError:
            if project is not None:
                raise
            client = await stack.enter_async_context(rehearsal.client(at.environ))
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        report: dict[str, Any] = await client.post(path_of("projects", chosen, "identity-config", "check"), config)
    return report
