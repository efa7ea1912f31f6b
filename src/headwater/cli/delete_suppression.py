"""`headwater delete suppression USER_ID…`."""

from headwater.cli import user_ids
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

DELETED = View(columns=("deleted", "not_suppressed"), id="deleted")


async def run(*user_id: str, file: user_ids.File = None, at: Here) -> None:
    """Process these people's events again, from now on."""
    wanted = user_ids.given(user_id, file)
    async with connected(at) as client:
        at.show(await user_ids.sent(client, "/api/suppressions/delete", wanted), view=DELETED)
