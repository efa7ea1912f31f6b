"""`headwater create operator EMAIL|ID --role ROLE`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.api import operator_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

NAMED = View(columns=("id", "role", "named_by", "named_at"))


async def run(
    who: Annotated[str, Parameter(help="An address that they have verified, or their id.")],
    /,
    *,
    role: Annotated[str, Parameter(help="admin, operator or viewer.")],
    anyway: Annotated[
        bool, Parameter(help="Even where somebody of a lower role made or changed their account.", negative="")
    ] = False,
    at: Here,
) -> None:
    """Let somebody into the console by their account, or give them another role.

    They are signed out everywhere when they are first named, and codes and links that were sent to them end.
    """
    async with connected(at) as client:
        identity_id, address = await operator_choice.whom(client, who)
        naming = {"role": role, "anyway": anyway, **({"address": address} if address else {})}
        named = await client.put(path_of("api", "operators", identity_id), naming)
    at.show(named, view=NAMED)
