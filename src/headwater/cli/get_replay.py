"""`headwater get replay ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

REPLAY = View(
    columns=(
        "id",
        "destination",
        "name",
        "state",
        "reason",
        "since",
        "until",
        "sources",
        "filter",
        "users",
        "requests_per_second",
        "done",
        "events",
        "outcomes",
        "created_at",
        "finished_at",
    )
)


async def run(replay: Annotated[str, Parameter(help="The replay, by id.")], /, *, at: Here) -> None:
    """Show a replay: what it is about, where it stands, and what became of its events so far."""
    async with connected(at) as client:
        found = await client.get(path_of("api", "replays", replay))
    at.show(found, view=REPLAY)
