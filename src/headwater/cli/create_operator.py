"""`headwater create operator EMAIL|ID --role ROLE`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import Client, RequestFailedError, path_of
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
        identity_id, address = await _whom(client, who)
        naming = {"role": role, "anyway": anyway, **({"address": address} if address else {})}
        named = await client.put(path_of("api", "operators", identity_id), naming)
    at.show(named, view=NAMED)


async def _whom(client: Client, who: str) -> tuple[str, str | None]:
    """Return whose id is meant, and by which address they were. Raises RequestFailedError for nobody."""
    if "@" not in who and not who.startswith("+"):
        return who, None
    found = await client.get("/admin/identities", credentials_identifier=who)
    if not found:
        raise RequestFailedError(f"Nobody signs in as {who}. Say their id; `headwater list identities` shows it.")
    return str(found[0]["id"]), who
