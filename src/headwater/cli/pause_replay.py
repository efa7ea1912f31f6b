"""`headwater pause replay ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.get_replay import REPLAY
from headwater.cli.session import Here


async def run(replay: Annotated[str, Parameter(help="The replay, by id.")], /, *, at: Here) -> None:
    """Let a replay wait; `headwater resume replay` lets it go on where it stopped."""
    async with connected(at) as client:
        at.show(await client.post(path_of("api", "replays", replay, "pause"), {}), view=REPLAY)
