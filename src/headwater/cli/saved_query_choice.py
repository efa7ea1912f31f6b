"""Which saved query a command means: by its name, or by its id."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.client import Client, path_of
from headwater.cli.output import View
from headwater.core.errors import NotFoundError

QUERY = View(columns=("id", "name", "author", "saved_at", "sql"))
Name = Annotated[str, Parameter(help="Its name, or its id.")]


class NoSuchQueryError(NotFoundError):
    """There is no saved query of that name. `headwater list queries` shows which there are."""

    code = "no_such_query"


async def find(client: Client, name: str) -> dict[str, Any]:
    """Return a saved query, whole. Raises NoSuchQueryError."""
    known = (await client.get("/api/saved-queries"))["queries"]
    for one in known:
        if name in (one["id"], one["name"]):
            found: dict[str, Any] = await client.get(path_of("api", "saved-queries", one["id"]))
            return found
    raise NoSuchQueryError(f"There is no saved query {name!r}. `headwater list queries` shows which there are.")
