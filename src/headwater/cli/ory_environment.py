"""The variables by which Ory's command line finds a server, a project and its key; as a shell takes them. Pure.

With a key of the workspace it wants to know which project; with a project's own it refuses to be told, and knows.
"""

import shlex
from dataclasses import dataclass

CONSOLE_URL, DATA_URL = "ORY_CONSOLE_URL", "ORY_ORYAPIS_URL"
PROJECT, WORKSPACE = "ORY_PROJECT", "ORY_WORKSPACE"
WORKSPACE_KEY, PROJECT_KEY = "ORY_WORKSPACE_API_KEY", "ORY_PROJECT_API_KEY"
VARIABLES = (CONSOLE_URL, DATA_URL, PROJECT, WORKSPACE_KEY, PROJECT_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where the ory CLI is pointed. `key` is None where none was made for it."""

    home: str
    project_id: str
    key: str | None
    is_project_key: bool

    @property
    def key_variable(self) -> str:
        return PROJECT_KEY if self.is_project_key else WORKSPACE_KEY


def variables(environment: Environment) -> dict[str, str]:
    """Return the variables to set, with their values."""
    found = {CONSOLE_URL: environment.home, DATA_URL: environment.home}
    if not environment.is_project_key:
        found[PROJECT] = environment.project_id
    if environment.key is not None:
        found[environment.key_variable] = environment.key
    return found


def shell_lines(environment: Environment) -> list[str]:
    """Return lines for `eval`: what to set, and what to forget because the ory CLI refuses it beside the key."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables(environment).items()]
    if environment.key is not None:
        unwanted = (WORKSPACE_KEY, WORKSPACE) if environment.is_project_key else (PROJECT_KEY,)
        return [*lines, f"unset {' '.join(unwanted)}"]
    flags = "--create-key --project-key" if environment.is_project_key else "--create-key"
    return [*lines, f"# {environment.key_variable} is missing: a key is only shown when it is made. Add {flags}."]
