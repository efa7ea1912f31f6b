"""`headwater delete operator EMAIL|ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.api import operator_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

DELETED = View(columns=("id",))


async def run(
    who: Annotated[str, Parameter(help="An address that they sign in with, or their id.")],
    /,
    *,
    at: Here,
) -> None:
    """Take somebody's role away; they stay who they are. Keys that they made stay, too."""
    async with connected(at) as client:
        identity_id, _ = await operator_choice.whom(client, who)
        await client.delete(path_of("api", "operators", identity_id))
    at.show({"id": identity_id}, view=DELETED)
