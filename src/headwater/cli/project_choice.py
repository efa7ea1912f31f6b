"""Which project a command means: the one named, by position or by --project, else the only one there is."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.client import Client
from headwater.cli.usage import UsageError
from headwater.core.errors import NotFoundError

Whose = Annotated[
    str | None, Parameter(name="--project", help="Whose people, by id or slug; default: the default project's.")
]


class NoSuchProjectError(NotFoundError):
    """There is no such project. `headwater list projects` shows which there are."""

    code = "no_such_project"


async def enter(client: Client, named: str | None) -> str | None:
    """Make the client speak to a project's own host, and return its id. Raises NoSuchProjectError.

    With none named it stays where it is: with the default project.
    """
    if named is None:
        return None
    known: list[dict[str, Any]] = await client.get("/projects")
    for project in known:
        if named in (project["id"], project["slug"]):
            client.speak_to(project["hosts"][0])
            return str(project["id"])
    slugs = ", ".join(project["slug"] for project in known)
    raise NoSuchProjectError(f"There is no project {named!r}; there are: {slugs or 'none'}.")


async def choose(client: Client, *, by_position: str | None, by_flag: str | None) -> str:
    """Return the project's id or slug. Raises UsageError when two are named, or none and there are several."""
    if by_position and by_flag and by_position != by_flag:
        raise UsageError(f"Two projects are named, {by_position} and --project {by_flag}; name one.")
    named = by_position or by_flag
    if named:
        return named
    projects = await client.get("/projects")
    if len(projects) != 1:
        slugs = ", ".join(project["slug"] for project in projects)
        raise UsageError(f"Say which project with --project; there are: {slugs or 'none'}.")
    return str(projects[0]["id"])
