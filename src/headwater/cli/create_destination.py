"""`headwater create destination KIND --source SLUG`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import pairs
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

CREATED = View(columns=("id", "kind", "name", "sources", "enabled", "settings"))


async def run(
    kind: Annotated[str, Parameter(help="The tool: `headwater list destination-kinds` shows them.")],
    /,
    *,
    source: Annotated[
        list[str], Parameter(negative="", show_default=False, help="Slug of a source whose events it gets; repeatable.")
    ],
    name: Annotated[str | None, Parameter(help="A name for people; default: the kind's title.")] = None,
    set: Annotated[  # noqa: A002  the flag's name
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="A setting of the kind, key=value; repeatable."),
    ] = (),
    at: Here,
) -> None:
    """Send a source's events to a tool."""
    wanted: dict[str, Any] = {"kind": kind, "sources": source, "settings": pairs.texts(set)}
    if name is not None:
        wanted["name"] = name
    async with connected(at, may_create=True) as client:
        destination = await client.post("/api/destinations", wanted)
    at.show(destination, view=CREATED)
