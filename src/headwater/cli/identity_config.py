"""The identity-config of a project, as its commands print it: YAML unless asked otherwise, its keys in Ory's order."""

import sys
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import one_line
from headwater.cli.output import View
from headwater.cli.session import Session

CONFIG = View(columns=("selfservice", "identity"))
QUIET = View(columns=("id",))
DEFAULT_FORMAT = "yaml"

ByPosition = Annotated[str | None, Parameter(help="The project, by id or slug; default: the only one.")]
ByFlag = Annotated[str | None, Parameter(name="--project", help="The same, as the ory CLI has it.")]
Workspace = Annotated[str | None, Parameter(name="--workspace", help="Accepted for the ory CLI's sake; there is one.")]
Files = Annotated[
    tuple[str, ...],
    Parameter(
        name=("--file", "-f"),
        negative="",
        allow_leading_hyphen=True,  # a lone - is stdin
        show_default=False,
        help="YAML or JSON: a path, file://, http(s)://, base64:// or -; several merge, their lists append.",
    ),
]
Yes = Annotated[
    bool, Parameter(name=("--yes", "-y"), negative="", help="Accepted for the ory CLI's sake; nothing is asked.")
]


def show(at: Session, project: dict[str, Any]) -> None:
    """Print the identity-config inside a project's document; with --quiet the project's id."""
    if at.output.is_quiet:
        at.show(project, view=QUIET)
    else:
        at.show(_ordered(project["services"]["identity"]["config"]), view=CONFIG, default=DEFAULT_FORMAT)


def tell(warnings: list[dict[str, Any]] | None) -> None:
    """Print what a change was warned of, on stderr."""
    for warning in warnings or ():
        text = f"warning: {warning.get('message', warning)} ({warning.get('id', 'no id')})"
        print(one_line.flatten(text), file=sys.stderr)


def _ordered(value: Any) -> Any:
    """Return the same with the keys of every object by name, as the ory CLI prints it: one order for one content."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value
