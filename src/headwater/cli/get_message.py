"""`headwater get message ID`."""

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

MESSAGE = View(
    columns=("id", "created_at", "status", "recipient", "template_type", "subject", "body", "send_count", "dispatches")
)


async def run(message_id: str, *, at: Here) -> None:
    """Show one message with its body, if it was captured, and each try to send it."""
    async with connected(at) as client:
        message = await client.get(path_of("admin", "courier", "messages", message_id))
    at.show(message, view=MESSAGE)
