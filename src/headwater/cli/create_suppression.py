"""`headwater create suppression USER_ID…`."""

from headwater.cli import user_ids
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

SUPPRESSED = View(columns=("suppressed", "already"), id="suppressed")


async def run(*user_id: str, file: user_ids.File = None, at: Here) -> None:
    """Store and send nothing more of these people, by the userId of their events. In force when it returns."""
    wanted = user_ids.given(user_id, file)
    async with connected(at, may_create=True) as client:
        at.show(await user_ids.sent(client, "/api/suppressions", wanted), view=SUPPRESSED)
