"""`headwater get message ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

MESSAGE = View(
    columns=("id", "created_at", "status", "recipient", "template_type", "subject", "body", "send_count", "dispatches")
)


WORDS = View(columns=("subject", "plaintext", "html"), id="subject")


async def run(
    message_id: str,
    *,
    words: Annotated[bool, Parameter(negative="", help="Only what it says, its HTML, too.")] = False,
    project: project_choice.Whose = None,
    at: Here,
) -> None:
    """Show one message with its body, if it was captured, and each try to send it."""
    path = path_of("admin", "courier", "messages", message_id)
    async with connected(at) as client:
        await project_choice.enter(client, project)
        found = await client.get(f"{path}/words" if words else path)
    at.show(found, view=WORDS if words else MESSAGE)
