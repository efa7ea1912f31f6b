"""`headwater get message ID`."""

from headwater.cli import project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

MESSAGE = View(
    columns=("id", "created_at", "status", "recipient", "template_type", "subject", "body", "send_count", "dispatches")
)


async def run(message_id: str, *, project: project_choice.Whose = None, at: Here) -> None:
    """Show one message with its body, if it was captured, and each try to send it."""
    async with connected(at) as client:
        await project_choice.enter(client, project)
        message = await client.get(path_of("admin", "courier", "messages", message_id))
    at.show(message, view=MESSAGE)
