"""`headwater cancel replay ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.get_replay import REPLAY
from headwater.cli.session import Here


async def run(replay: Annotated[str, Parameter(help="The replay, by id.")], /, *, at: Here) -> None:
    """End a replay for good: when the command returns, nothing more of it is sent."""
    async with connected(at) as client:
        at.show(await client.post(path_of("api", "replays", replay, "cancel"), {}), view=REPLAY)
