"""`headwater list messages`: what the courier sent, or keeps for you to read."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import project_choice
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

MESSAGES = View(rows="messages", columns=("id", "created_at", "status", "recipient", "template_type", "subject"))


async def run(
    *,
    recipient: Annotated[str | None, Parameter(help="To this address only.")] = None,
    status: Annotated[str | None, Parameter(help="queued, processing, sent or abandoned.")] = None,
    page_size: Annotated[int | None, Parameter(help="At most so many.")] = None,
    page_token: Annotated[str | None, Parameter(help="Go on where a page ended (its next_page_token).")] = None,
    project: project_choice.Whose = None,
    at: Here,
) -> None:
    """Show messages, newest first; `--format json` has the bodies of captured mail."""
    query: dict[str, Any] = {
        "recipient": recipient,
        "status": status,
        "page_size": None if page_size is None else str(page_size),
        "page_token": page_token,
    }
    async with connected(at) as client:
        await project_choice.enter(client, project)
        messages, following = await client.get_page("/admin/courier/messages", **query)
    at.show({"messages": messages, "next_page_token": following or ""}, view=MESSAGES)
