"""The identity-config of a project, as its commands print it: YAML unless asked otherwise, as it is written."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.output import View
from headwater.cli.session import Session

CONFIG = View(columns=("selfservice", "identity"))
QUIET = View(columns=("id",))
DEFAULT_FORMAT = "yaml"

ByPosition = Annotated[str | None, Parameter(help="The project, by id or slug; default: the only one.")]
ByFlag = Annotated[str | None, Parameter(name="--project", help="The same, as the ory CLI has it.")]
Workspace = Annotated[str | None, Parameter(name="--workspace", help="Accepted for the ory CLI's sake; there is one.")]


def show(at: Session, project: dict[str, Any]) -> None:
    """Print the identity-config inside a project's document; with --quiet the project's id."""
    if at.output.is_quiet:
        at.show(project, view=QUIET)
    else:
        at.show(project["services"]["identity"]["config"], view=CONFIG, default=DEFAULT_FORMAT)
