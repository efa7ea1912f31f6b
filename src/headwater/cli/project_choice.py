"""Which project a command means: the one named, by position or by --project, else the only one there is."""

from headwater.cli.client import Client
from headwater.cli.usage import UsageError


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
